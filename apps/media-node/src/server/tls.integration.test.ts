import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { mediaRpc, PING_FRAME } from '@meridian/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { selfSigned } from '../sfu/certificate.ts';
import { TestFleet } from '../testing/fleet.ts';
import { until } from '../testing/until.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const PORT = 24_100;

let fleet: TestFleet;
let directory: string;
let child: ChildProcess | null = null;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'meridian-tls-'));
  fleet = await TestFleet.start(PORT + 50, []);
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = null;
  await fleet.close();
  rmSync(directory, { recursive: true });
});

const certFile = () => path.join(directory, 'cert.pem');
const keyFile = () => path.join(directory, 'key.pem');

/** Puts a new certificate where the node looks for it; returns its fingerprint. */
function issue(): string {
  const { certificate, privateKey } = selfSigned('node-a.test');
  writeFileSync(certFile(), certificate.toString());
  writeFileSync(keyFile(), privateKey);
  return certificate.fingerprint256;
}

function start(): { output: () => string; exited: Promise<number | null> } {
  child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      ...fleet.environment('node-a', PORT),
      LOG_LEVEL: 'info',
      TLS_CERT_FILE: certFile(),
      TLS_KEY_FILE: keyFile(),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  const exited = new Promise<number | null>((resolve) => child?.once('exit', resolve));
  return { output: () => output, exited };
}

/** The fingerprint of the certificate a client is shown. */
function shown(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: PORT, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('sockets are encrypted, and a renewed certificate is used without a restart', async () => {
  const first = issue();
  const { output } = start();
  await until('the node', () => output().includes('media node up'), 20_000);
  expect(await shown()).toBe(first);
  const socket = new WebSocket(`wss://127.0.0.1:${PORT}/media`, [mediaRpc.MEDIA_SUBPROTOCOL], {
    rejectUnauthorized: false,
  });
  let pongs = 0;
  socket.on('message', () => {
    pongs += 1;
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(PING_FRAME);
  await until('the answer', () => pongs === 1);

  // Half of a renewal: the key does not belong to the certificate yet.
  writeFileSync(keyFile(), selfSigned('node-a.test').privateKey);
  child?.kill('SIGHUP');
  await until('the complaint', () => output().includes('the new TLS certificate cannot be used'));
  expect(await shown()).toBe(first);

  const second = issue();
  child?.kill('SIGHUP');
  await until('the renewal', () => output().includes('TLS certificate replaced'));
  expect(await shown()).toBe(second);
  // Sockets of before live on.
  socket.send(PING_FRAME);
  await until('the answer', () => pongs === 2);
  socket.close();
});

test('a certificate that cannot be used stops the start, and is named', async () => {
  issue();
  writeFileSync(keyFile(), selfSigned('node-a.test').privateKey);
  const { output, exited } = start();
  expect(await exited).toBe(1);
  expect(output()).toMatch(/key values mismatch/);
});
