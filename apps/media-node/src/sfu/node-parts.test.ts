import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DtlsCertificate, selfSigned } from './certificate.ts';
import { assertNames } from './claims.ts';
import { isWanted } from './meeting-wanted.ts';
import { roomUrlOf } from './meetings.ts';

describe('the DTLS certificate', () => {
  test('is a valid one of its own key, for long enough', () => {
    for (let i = 0; i < 20; i += 1) {
      const { certificate, privateKey } = selfSigned('node-1');
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
      expect(certificate.subject).toBe('CN=node-1');
      expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
      expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * 86_400_000);
    }
  });

  test('is in files only while they are needed', async () => {
    const certificate = new DtlsCertificate('node-1');
    const directory = await certificate.inFiles(async ({ certificateFile, privateKeyFile }) => {
      const onDisk = new X509Certificate(readFileSync(certificateFile));
      expect(onDisk.fingerprint256).toBe(certificate.fingerprint);
      expect(statSync(privateKeyFile).mode & 0o077).toBe(0);
      return path.dirname(privateKeyFile);
    });
    expect(existsSync(directory)).toBe(false);
  });
});

test('a token is good only at the nodes it names', () => {
  expect(() => assertNames({ nodes: ['node-1', 'node-2'] }, 'node-2')).not.toThrow();
  expect(() => assertNames({ nodes: ['node-1'] }, 'node-2')).toThrow();
});

test('a meeting is kept for peers, relays, the room, and who is about to come', () => {
  const unused = { peers: 0, relays: 0, inMesh: false, heldUntil: 100 };
  expect(isWanted(unused, 100)).toBe(false);
  expect(isWanted(unused, 99)).toBe(true);
  expect(isWanted({ ...unused, peers: 1 }, 100)).toBe(true);
  expect(isWanted({ ...unused, relays: 1 }, 100)).toBe(true);
  expect(isWanted({ ...unused, inMesh: true }, 100)).toBe(true);
});

test('rooms are dialled at the edge, wherever a cell points', () => {
  const usual = 'wss://edge.example/api/v1/meetings/m/room-link';
  expect(roomUrlOf('https://edge.example', 'm')).toBe(usual);
  expect(roomUrlOf('https://edge.example', 'm', 'wss://evil.example/x')).toBe(usual);
  expect(roomUrlOf('https://edge.example', 'm', 'not a url')).toBe(usual);
  expect(roomUrlOf('https://edge.example', 'm', 'https://edge.example/room')).toBe('wss://edge.example/room');
  expect(roomUrlOf('http://127.0.0.1:8787', 'm')).toBe('ws://127.0.0.1:8787/api/v1/meetings/m/room-link');
});
