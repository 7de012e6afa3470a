import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AUDIENCE, SIGNING_ALGORITHM } from '@meridian/protocol';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TOKENS } from '../config.ts';
import { createLogger } from '../logger.ts';
import { KeyStore } from './key-store.ts';
import { TokenVerifier } from './verifier.ts';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let server: Server;
let keys: Keys;
let published: JWK[] = [];
let requests = 0;
let status = 200;
let verifier: TokenVerifier;
let directory: string;
let file: string;
let url: string;
const stores: KeyStore[] = [];
const logger = createLogger({ NODE_ID: 'node-1', LOG_LEVEL: 'silent' });

beforeEach(async () => {
  [requests, status] = [0, 200];
  keys = await generateKeyPair(SIGNING_ALGORITHM);
  published = [await jwk(keys, 'k1')];
  server = createServer((_request, response) => {
    requests += 1;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-keys-'));
  file = path.join(directory, 'node-key.signing-keys.json');
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  verifier = await start();
});
afterEach(async () => {
  server.close();
  await Promise.all(stores.splice(0).map((store) => store.save()));
  await rm(directory, { recursive: true });
});

/** As the node does when it starts. */
async function start(controlUrl = url, keysFile = file): Promise<TokenVerifier> {
  const store = await KeyStore.open(keysFile, logger);
  stores.push(store);
  return new TokenVerifier(controlUrl, store);
}

async function jwk(pair: Keys, kid: string): Promise<JWK> {
  return { ...(await exportJWK(pair.publicKey)), kid, alg: SIGNING_ALGORITHM };
}

function grant(pair: Keys, kid = 'k1', claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({
    aud: AUDIENCE.relay,
    sub: 'node-a',
    to: 'node-b',
    meeting: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid })
    .sign(pair.privateKey);
}

test('fetches the keys once for many tokens', async () => {
  for (let i = 0; i < 3; i += 1) {
    await expect(verifier.relay(await grant(keys))).resolves.toMatchObject({ sub: 'node-a', to: 'node-b' });
  }
  expect(requests).toBe(1);
});

test('learns of a new key by a token signed with it, and forgets one that is published no more', async () => {
  await verifier.relay(await grant(keys));
  const next = await generateKeyPair(SIGNING_ALGORITHM);
  published = [await jwk(next, 'k2'), ...published];
  // Not at once: anybody can name a key.
  await expect(verifier.relay(await grant(next, 'k2'))).rejects.toMatchObject({ code: 'unauthorized' });
  expect(requests).toBe(1);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TOKENS.jwksCooldown });
  try {
    await expect(verifier.relay(await grant(next, 'k2'))).resolves.toMatchObject({ sub: 'node-a' });
    await expect(verifier.relay(await grant(keys))).resolves.toMatchObject({ sub: 'node-a' });
    expect(requests).toBe(2);
    published = [await jwk(next, 'k2')];
    vi.setSystemTime(Date.now() + TOKENS.jwksMaxAge);
    await expect(verifier.relay(await grant(keys))).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(verifier.relay(await grant(next, 'k2'))).resolves.toMatchObject({ sub: 'node-a' });
  } finally {
    vi.useRealTimers();
  }
});

test('refuses what is expired, for another audience, incomplete, or signed by somebody else', async () => {
  const refused = async (token: string, code: string) =>
    expect(verifier.relay(token)).rejects.toMatchObject({ code });
  await refused(await grant(keys, 'k1', { exp: 1_000 }), 'token_expired');
  await refused(await grant(keys, 'k1', { aud: AUDIENCE.media }), 'unauthorized');
  await refused(await grant(keys, 'k1', { to: undefined }), 'unauthorized');
  await refused(await grant(await generateKeyPair(SIGNING_ALGORITHM)), 'unauthorized');
  await refused(await grant(keys, 'k2'), 'unauthorized');
  const secret = new TextEncoder().encode(JSON.stringify(published[0]));
  const confused = new SignJWT({ aud: AUDIENCE.relay }).setProtectedHeader({ alg: 'HS256', kid: 'k1' });
  await refused(await confused.sign(secret), 'unauthorized');
});

test('anything that is no token is refused as one', async () => {
  await verifier.relay(await grant(keys));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]*\.[\w-]*\.[\w-]*$/)), async (token) => {
      await expect(verifier.media(token)).rejects.toMatchObject({ code: 'unauthorized' });
    }),
  );
});

test('while the edge is away, keys it published are good, and others are a matter of waiting', async () => {
  await verifier.relay(await grant(keys));
  status = 503;
  await expect(verifier.relay(await grant(keys))).resolves.toBeDefined();
  const fresh = await start('http://127.0.0.1:9', `${file}.none`);
  await expect(fresh.relay(await grant(keys))).rejects.toMatchObject({ code: 'overloaded' });
});

test('a node that starts while the edge is away goes by the keys it had', async () => {
  await verifier.warmUp();
  const again = await start('http://127.0.0.1:9');
  await expect(again.relay(await grant(keys))).resolves.toBeDefined();
  await expect(again.relay(await grant(await generateKeyPair(SIGNING_ALGORITHM)))).rejects.toMatchObject({
    code: 'unauthorized',
  });
});

test('also when they are older than keys may be while the edge can be asked', async () => {
  await verifier.warmUp();
  const kept = JSON.parse(await readFile(file, 'utf8'));
  for (const uat of [Date.now() - 6 * TOKENS.jwksMaxAge, Date.now() + TOKENS.jwksMaxAge]) {
    await writeFile(file, JSON.stringify({ ...kept, uat }));
    const again = await start('http://127.0.0.1:9');
    await expect(again.relay(await grant(keys))).resolves.toBeDefined();
  }
});

test('keys that cannot be read are fetched, and kept from then on', async () => {
  for (const text of ['', '{"jwks":{"keys":"none"},"uat":1}', '[]']) {
    await writeFile(file, text);
    const again = await start();
    await expect(again.relay(await grant(keys))).resolves.toBeDefined();
    await again.warmUp();
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ jwks: { keys: [{ kid: 'k1' }] } });
  }
});
