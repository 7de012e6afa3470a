import { env } from 'cloudflare:workers';
import { AUDIENCE, MediaClaims, RelayClaims, TOKEN_LIFE } from '@meridian/protocol';
import {
  base64url,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { describe, expect, it } from 'vitest';
import { nodeToken } from '../../test/support/node.ts';
import type { SharedEnv } from '../env.ts';
import { jwks } from './jwks.ts';
import { signMediaToken, signRelayGrant, signTicket, verifyTicket } from './tokens.ts';

const NOW = Date.now();
const ticket = {
  sub: crypto.randomUUID(),
  sid: crypto.randomUUID(),
  meeting: crypto.randomUUID(),
  role: 'host' as const,
};
const media = {
  ...ticket,
  gen: 1,
  meeting_session: crypto.randomUUID(),
  kind: 'participant' as const,
  can_publish: ['microphone' as const],
  can_subscribe: true,
  nodes: ['node-1'],
};
const relay = { sub: 'node-1', to: 'node-2', meeting: ticket.meeting };

async function privateJwk(kid: string): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}
const withKeys = (...keys: unknown[]): SharedEnv => ({ ...env, SIGNING_KEYS: JSON.stringify(keys) });

describe('tickets', () => {
  it('say again what they were signed with', async () => {
    const jwt = await signTicket(env, ticket, NOW);
    const exp = Math.floor(NOW / 1000) + TOKEN_LIFE.ticket;
    expect(await verifyTicket(env, jwt, NOW)).toEqual({ ...ticket, aud: AUDIENCE.ticket, exp });
  });

  it('expire', async () => {
    const jwt = await signTicket(env, ticket, NOW);
    await expect(verifyTicket(env, jwt, NOW + TOKEN_LIFE.ticket * 1000 + 1_000)).rejects.toMatchObject({
      code: 'token_expired',
    });
  });

  it('are not taken from elsewhere', async () => {
    const exp = Math.floor(NOW / 1000) + 60;
    const claims = { ...ticket, aud: AUDIENCE.ticket, iss: env.PUBLIC_ORIGIN, exp };
    const foreign = await generateKeyPair('ES256');
    const jwt = await signTicket(env, ticket, NOW);
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const promoted = base64url.encode(
      JSON.stringify({
        ...JSON.parse(new TextDecoder().decode(base64url.decode(payload))),
        role: 'host',
        sub: 'x',
      }),
    );
    const publicKey = (await jwks(env)).keys[0];
    const attempts = {
      'alg none': new UnsecuredJWT(claims).encode(),
      'alg none with a kid': `${base64url.encode('{"alg":"none","kid":"test-1","typ":"ticket+jwt"}')}.${payload}.`,
      'a foreign key': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'test-1', typ: 'ticket+jwt' })
        .sign(foreign.privateKey),
      'an unknown kid': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'other', typ: 'ticket+jwt' })
        .sign(foreign.privateKey),
      'the public key as a shared secret': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'test-1', typ: 'ticket+jwt' })
        .sign(new TextEncoder().encode(JSON.stringify(publicKey))),
      'a changed payload': `${head}.${promoted}.${signature}`,
      'a media token': await signMediaToken(env, media, NOW),
      'a relay grant': await signRelayGrant(env, relay, NOW),
      'another deployment': await signTicket({ ...env, PUBLIC_ORIGIN: 'https://other.test' }, ticket, NOW),
      'a node token': await nodeToken('node-1', 'eu-1'),
      nonsense: 'nonsense',
      nothing: '',
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      await expect(verifyTicket(env, attempt, NOW), what).rejects.toMatchObject({ code: 'unauthorized' });
    }
  });

  it('of the key before the current one stay good', async () => {
    const [former, current] = [await privateJwk('former'), await privateJwk('current')];
    const jwt = await signTicket(withKeys(former), ticket, NOW);
    expect((await verifyTicket(withKeys(current, former), jwt, NOW)).sub).toBe(ticket.sub);
    await expect(verifyTicket(withKeys(current), jwt, NOW)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('media tokens and relay grants', () => {
  it('can be verified with the published keys alone', async () => {
    const keys = createLocalJWKSet(await jwks(env));
    const token = await jwtVerify(await signMediaToken(env, media, NOW), keys, { audience: AUDIENCE.media });
    expect(MediaClaims.parse(token.payload)).toMatchObject(media);
    const grant = await jwtVerify(await signRelayGrant(env, relay, NOW), keys, { audience: AUDIENCE.relay });
    expect(RelayClaims.parse(grant.payload)).toMatchObject(relay);
  });
});

describe('the published keys', () => {
  it('have no private part', async () => {
    const { keys } = await jwks(withKeys(await privateJwk('a'), await privateJwk('b')));
    expect(keys.map(({ kid }) => kid)).toEqual(['a', 'b']);
    for (const key of keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});

describe('SIGNING_KEYS', () => {
  it('is named when it is wrong, and never shown', async () => {
    const good = await privateJwk('a');
    const { d: secret } = good;
    const wrong = ['', 'x', '[]', '{}', JSON.stringify([{ ...good, kid: undefined }])];
    wrong.push(JSON.stringify([{ ...good, d: undefined }]), JSON.stringify([good, good]));
    wrong.push(JSON.stringify([{ ...good, x: 'A'.repeat(43) }]));
    for (const SIGNING_KEYS of wrong) {
      const error: unknown = await signTicket({ ...env, SIGNING_KEYS }, ticket, NOW).catch((e) => e);
      expect(String(error)).toContain('SIGNING_KEYS');
      expect(String(error)).not.toContain(secret);
    }
  });
});
