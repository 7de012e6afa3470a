import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Days. The certificate lives as long as the process; its fingerprint is what is trusted (RFC 8827 §5.6.4). */
const VALID_DAYS = 365;

// DER tags (X.690).
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const VERSION = 0xa0;

const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('550403', 'hex');

type CertificateFiles = { certificateFile: string; privateKeyFile: string };

/**
 * The DTLS certificate of a node, shared by all its workers, so that one fingerprint can be told to clients
 * before they connect.
 */
export class DtlsCertificate {
  /** SHA-256, colon-separated upper-case hex, as in SDP. */
  readonly fingerprint: string;
  readonly #certificate: string;
  readonly #privateKey: string;

  constructor(commonName: string) {
    const { certificate, privateKey } = selfSigned(commonName);
    this.fingerprint = certificate.fingerprint256;
    this.#certificate = certificate.toString();
    this.#privateKey = privateKey;
  }

  /** Workers read it from files as they start. Those are there only for so long: a crash leaves no key behind. */
  async inFiles<T>(use: (files: CertificateFiles) => Promise<T>): Promise<T> {
    const directory = mkdtempSync(path.join(tmpdir(), 'meridian-dtls-'));
    try {
      const certificateFile = path.join(directory, 'certificate.pem');
      const privateKeyFile = path.join(directory, 'key.pem');
      writeFileSync(certificateFile, this.#certificate);
      writeFileSync(privateKeyFile, this.#privateKey, { mode: 0o600 });
      return await use({ certificateFile, privateKeyFile });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** A certificate (RFC 5280 §4.1) with an ECDSA P-256 key and no extensions: only its hash is looked at. */
export function selfSigned(commonName: string): { certificate: X509Certificate; privateKey: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const name = der(
    SEQUENCE,
    der(
      SET,
      der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from(commonName, 'utf8'))),
    ),
  );
  // Starts a day early for clients whose clock is behind.
  const from = new Date(Date.now() - 86_400_000);
  const to = new Date(from.getTime() + VALID_DAYS * 86_400_000);
  const serial = randomBytes(16);
  // A serial number is positive and its encoding minimal: top bit clear, first byte not zero.
  serial[0] = (serial.readUInt8(0) & 0x7f) | 0x40;
  const body = der(
    SEQUENCE,
    // Version 3.
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, der(UTC_TIME, utcTime(from)), der(UTC_TIME, utcTime(to))),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', body, keys.privateKey);
  const certificate = der(SEQUENCE, body, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  return {
    certificate: new X509Certificate(certificate),
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length: number[] = [];
  if (content.length < 0x80) length.push(content.length);
  else {
    for (let rest = content.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** `YYMMDDHHMMSSZ`. */
function utcTime(date: Date): Buffer {
  return Buffer.from(
    `${date
      .toISOString()
      .replace(/[-:T]|\.\d+Z$/g, '')
      .slice(2)}Z`,
    'ascii',
  );
}
