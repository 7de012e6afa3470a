// A DTLS handshake with a WebRtcTransport. mediasoup is ICE-lite and never calls out, so two of its
// transports cannot meet: OpenSSL's command is the client, behind a STUN request that nominates it.
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { types } from 'mediasoup';
import { isBindingSuccess, nominatingRequest } from './stun.ts';
import { udpSocket, within } from './udp.ts';

const patience = 10_000;
const profiles = 'SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80';

/** Answers the SRTP profile that was agreed on. */
export async function dtlsHandshake(router: types.Router): Promise<string> {
  const transport = await router.createWebRtcTransport({
    listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
  });
  const port = transport.iceCandidates[0]?.port;
  if (port === undefined) throw new Error('the transport has no ICE candidate');
  const directory = mkdtempSync(path.join(tmpdir(), 'worker-self-test-'));
  // `outside` is the address that the transport comes to know; the client talks to `inside`.
  const outside = await udpSocket();
  const inside = await udpSocket();
  try {
    const certificate = makeCertificate(directory);
    const connected = new Promise<void>((resolve, reject) => {
      transport.on('dtlsstatechange', (state) => {
        if (state === 'connected') resolve();
        if (state === 'failed' || state === 'closed') reject(new Error(`DTLS ${state}`));
      });
    });
    await transport.connect({
      dtlsParameters: {
        role: 'client',
        fingerprints: [{ algorithm: 'sha-256', value: certificate.fingerprint256 }],
      },
    });

    const answer = once(outside, 'message');
    outside.send(nominatingRequest(transport.iceParameters), port, '127.0.0.1');
    const [message] = await within(patience, 'the STUN answer', answer);
    if (!isBindingSuccess(message)) throw new Error('the STUN request was refused');

    let clientPort = 0;
    inside.on('message', (packet, from) => {
      clientPort = from.port;
      outside.send(packet, port, '127.0.0.1');
    });
    outside.on('message', (packet) => inside.send(packet, clientPort, '127.0.0.1'));

    const client = startClient(certificate, inside.address().port);
    try {
      await within(patience, 'the DTLS handshake', Promise.race([connected, client.ended]));
      return await within(patience, "the client's half of the handshake", client.profile);
    } finally {
      client.stop();
    }
  } finally {
    transport.close();
    outside.close();
    inside.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly fingerprint256: string;
}

function makeCertificate(directory: string): Certificate {
  const keyFile = path.join(directory, 'key.pem');
  const certificateFile = path.join(directory, 'certificate.pem');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', '/CN=self-test', '-days', '1', '-out', certificateFile];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject], { stdio: 'ignore' });
  const { fingerprint256 } = new X509Certificate(readFileSync(certificateFile));
  return { certificateFile, keyFile, fingerprint256 };
}

interface Client {
  /** The SRTP profile, once the handshake is over on this side. */
  readonly profile: Promise<string>;
  /** Rejects if the client ends before anybody stops it. */
  readonly ended: Promise<never>;
  stop(): void;
}

function startClient({ certificateFile, keyFile }: Certificate, port: number): Client {
  const identity = ['-cert', certificateFile, '-key', keyFile];
  const target = ['-dtls1_2', '-connect', `127.0.0.1:${port}`, '-use_srtp', profiles];
  const child = spawn('openssl', ['s_client', ...target, ...identity], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const profile = new Promise<string>((resolve) => {
    const collect = (data: Buffer) => {
      output += data.toString();
      const agreed = /SRTP Extension negotiated, profile=(\S+)/.exec(output)?.[1];
      if (agreed !== undefined) resolve(agreed);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
  });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`openssl s_client ended early\n${output}`)));
  });
  // Stopping it ends it as well, when nobody waits for this any more.
  ended.catch(() => {});
  return { profile, ended, stop: () => child.kill('SIGKILL') };
}
