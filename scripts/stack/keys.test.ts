import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { developmentSecrets } from './keys.ts';

describe('the secrets of a stack', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-keys-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('are made once, for the owner alone', () => {
    const first = developmentSecrets(dataDir);
    expect(developmentSecrets(dataDir)).toEqual(first);
    expect(statSync(path.join(dataDir, 'dev-secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('are completed where some are missing, and nothing that is known changes', () => {
    const file = path.join(dataDir, 'dev-secrets.json');
    const { operatorKey, ...older } = developmentSecrets(dataDir);
    writeFileSync(file, JSON.stringify(older));
    const completed = developmentSecrets(dataDir);
    expect(completed).toMatchObject(older);
    expect(completed.operatorKey).toMatch(/^mk_[0-9a-f]{40}$/);
    expect(completed.operatorKey).not.toBe(operatorKey);
    expect(developmentSecrets(dataDir)).toEqual(completed);
  });

  it('hold a key that signs, with a name', () => {
    const [jwk] = developmentSecrets(dataDir).signingKeys;
    if (!jwk) throw new Error('no key');
    expect(jwk).toMatchObject({
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      kid: expect.stringMatching(/^[\w-]{43}$/),
    });
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const message = Buffer.from('message');
    expect(verify('sha256', message, createPublicKey(key), sign('sha256', message, key))).toBe(true);
  });
});
