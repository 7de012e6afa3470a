import { env } from 'cloudflare:workers';
import type { SignInCallbackQuery } from '@meridian/protocol';
import { base64url, generateKeyPair, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { CLIENT, TestIssuer } from '../../../test/support/issuer.ts';
import { CONFIG } from '../../config.ts';
import type { ApiEnv } from '../../env.ts';
import { signTicket, verifySignIn } from '../tokens.ts';
import { oidcSettings } from './settings.ts';
import { beginSignIn, finishSignIn } from './sign-in.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);
type Query = z.output<typeof SignInCallbackQuery>;

describe('signing in with an OpenID provider', () => {
  let issuer: TestIssuer;
  let here: ApiEnv;

  beforeEach(async () => {
    issuer = await TestIssuer.start();
    here = { ...env, ...issuer.env };
  });
  afterEach(() => issuer.stop());

  const settings = () => {
    const found = oidcSettings(here);
    if (!found) throw new Error('no settings');
    return found;
  };
  async function begin() {
    const { url, cookie } = await beginSignIn(here, settings(), '/next', random, Date.now());
    const begun = await verifySignIn(here, cookie, Date.now());
    return { url: new URL(url), cookie, begun };
  }
  /** Comes back with a code for which the provider gives this ID token. */
  async function comeBack(
    idToken: (nonce: string) => Promise<string> | string,
    query: Partial<Query> = {},
    now = Date.now(),
  ) {
    const { cookie, begun } = await begin();
    const id_token = await idToken(begun.nonce);
    issuer.answers.set('/token', { body: { id_token, access_token: 'access', token_type: 'Bearer' } });
    const answer = { state: begun.state, code: 'the code', ...query };
    return finishSignIn(here, settings(), cookie, answer, now);
  }
  const complete = { name: 'Ann', email: 'ann@example.org', email_verified: true };

  it('asks for a code with PKCE, and keeps what the provider has in its address', async () => {
    const { url, begun } = await begin();
    expect(url.href.startsWith(`${issuer.url}/authorize?tenant=7&`)).toBe(true);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '7',
      response_type: 'code',
      client_id: CLIENT.id,
      redirect_uri: 'https://meet.test/api/v1/auth/callback',
      scope: 'openid profile email',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: base64url.encode(new Uint8Array(digest)),
      code_challenge_method: 'S256',
    });
    const other = await begin();
    for (const secret of ['state', 'nonce', 'verifier'] as const) {
      expect(other.begun[secret]).not.toBe(begun[secret]);
    }
  });

  it('believes an ID token that is the provider’s, for us, and the answer to our request', async () => {
    const back = await comeBack((nonce) =>
      issuer.idToken({ ...complete, nonce, picture: 'https://x.test/a.png' }),
    );
    expect(back).toEqual({
      returnTo: '/next',
      person: {
        issuer: issuer.url,
        subject: 'ann',
        name: 'Ann',
        email: 'ann@example.org',
        email_verified: true,
        avatar_url: 'https://x.test/a.png',
      },
    });
    const exchange = issuer.requests.find(({ path }) => path === '/token');
    expect(Object.fromEntries(exchange?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'the code',
      redirect_uri: 'https://meet.test/api/v1/auth/callback',
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(exchange?.headers.get('authorization')).toBe(
      `Basic ${btoa('our+client%2Fid:our+secret+%26+more')}`,
    );
    // Nothing is missing, so userinfo is not asked.
    expect(issuer.requests.map(({ path }) => path)).not.toContain('/me');
  });

  it('puts our secret where the provider wants it', async () => {
    const document = {
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/a`,
      token_endpoint: `${issuer.url}/token`,
      jwks_uri: `${issuer.url}/jwks`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    };
    issuer.answers.set('/.well-known/openid-configuration', { body: document });
    await comeBack((nonce) => issuer.idToken({ nonce }));
    const exchange = issuer.requests.find(({ path }) => path === '/token');
    expect(exchange?.headers.get('authorization')).toBeNull();
    expect(exchange?.form.get('client_id')).toBe(CLIENT.id);
    expect(exchange?.form.get('client_secret')).toBe(CLIENT.secret);
    // It has no userinfo to ask either.
    expect(issuer.requests.map(({ path }) => path)).not.toContain('/me');
  });

  it('believes no other', async () => {
    const foreign = await generateKeyPair('RS256');
    const now = Math.floor(Date.now() / 1000);
    const shared = new TextEncoder().encode(await issuer.publicJwk());
    const secret = new TextEncoder().encode(CLIENT.secret);
    const attempts: Record<string, (nonce: string) => Promise<string> | string> = {
      'alg none': (nonce) =>
        new UnsecuredJWT({
          iss: issuer.url,
          aud: CLIENT.id,
          sub: 'ann',
          nonce,
          iat: now,
          exp: now + 60,
        }).encode(),
      'a foreign key': (nonce) => issuer.idToken({ nonce }, {}, foreign.privateKey),
      'an unknown kid': (nonce) => issuer.idToken({ nonce }, { kid: 'k2' }, foreign.privateKey),
      'the public key as a shared secret': (nonce) => issuer.idToken({ nonce }, { alg: 'HS256' }, shared),
      'our secret as the key': (nonce) => issuer.idToken({ nonce }, { alg: 'HS256' }, secret),
      'another audience': (nonce) => issuer.idToken({ nonce, aud: 'somebody else' }),
      'audiences without the party it was made for': (nonce) =>
        issuer.idToken({ nonce, aud: [CLIENT.id, 'other'] }),
      'another authorized party': (nonce) =>
        issuer.idToken({ nonce, aud: [CLIENT.id, 'other'], azp: 'other' }),
      'another nonce': () => issuer.idToken({ nonce: 'of another request' }),
      'no nonce': () => issuer.idToken({}),
      'another issuer': (nonce) => issuer.idToken({ nonce, iss: 'https://other.test' }),
      'an end in the past': (nonce) => issuer.idToken({ nonce, iat: now - 120, exp: now - 60 }),
      'no end': (nonce) => issuer.idToken({ nonce, exp: undefined }),
      'no subject': (nonce) => issuer.idToken({ nonce, sub: undefined }),
      'an empty subject': (nonce) => issuer.idToken({ nonce, sub: '' }),
      nonsense: () => 'nonsense',
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      await expect(comeBack(attempt), what).rejects.toMatchObject({ code: 'unauthorized' });
    }
  });

  it('takes an answer from the browser that asked, in time, and from this provider', async () => {
    const good = (nonce: string) => issuer.idToken({ ...complete, nonce });
    const ticket = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), meeting: crypto.randomUUID() };
    const another = await signTicket(here, { ...ticket, role: 'host' }, Date.now());
    for (const cookie of [undefined, '', 'x.y.z', another]) {
      const answer = { state: 'x', code: 'x' };
      await expect(finishSignIn(here, settings(), cookie, answer, Date.now())).rejects.toMatchObject({
        code: 'unauthorized',
      });
    }
    const wrong: Partial<Query>[] = [
      { state: 'another' },
      { state: undefined },
      { iss: 'https://other.test' },
      { error: 'access_denied' },
      { code: undefined },
    ];
    for (const query of wrong) {
      await expect(comeBack(good, query), JSON.stringify(query)).rejects.toMatchObject({
        code: 'unauthorized',
      });
    }
    await expect(comeBack(good, {}, Date.now() + 16 * 60_000)).rejects.toMatchObject({
      code: 'token_expired',
    });
    expect(issuer.requests.some(({ path }) => path === '/token')).toBe(false);
    expect((await comeBack(good, { iss: issuer.url })).returnTo).toBe('/next');
  });

  it('asks userinfo for what the ID token leaves out, and mixes up neither people nor addresses', async () => {
    const short = (nonce: string) => issuer.idToken({ nonce });
    issuer.answers.set('/me', { body: { sub: 'ann', ...complete } });
    expect((await comeBack(short)).person).toMatchObject({ name: 'Ann', email_verified: true });
    expect(issuer.requests.at(-1)?.headers.get('authorization')).toBe('Bearer access');
    // That one address is verified says nothing about another.
    const own = (nonce: string) => issuer.idToken({ nonce, email: 'boss@example.org' });
    expect((await comeBack(own)).person).toMatchObject({ email: 'boss@example.org', email_verified: false });
    issuer.answers.set('/me', { body: { sub: 'bob', ...complete } });
    await expect(comeBack(short)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('makes do with what claims it can use', async () => {
    const cases: [Record<string, unknown>, Record<string, unknown>][] = [
      [{ email: 'ann@example.org', name: 'A\u202e\u0000nn' }, { name: 'Ann' }],
      [{ email: 'ann@example.org', name: ' ' }, { name: 'ann' }],
      [
        { email: 'nonsense', email_verified: true },
        { name: 'ann', email_verified: false },
      ],
      [{ email: 'ann@example.org', email_verified: 'true' }, { email_verified: false }],
      [{ name: 'x'.repeat(300) }, { name: 'x'.repeat(100) }],
    ];
    for (const [claims, expected] of cases) {
      issuer.answers.set('/me', { body: { sub: 'ann' } });
      const { person } = await comeBack((nonce) => issuer.idToken({ nonce, ...claims }));
      expect(person).toMatchObject(expected);
      expect(person).not.toHaveProperty('avatar_url');
    }
    const { person } = await comeBack((nonce) =>
      issuer.idToken({ ...complete, nonce, picture: 'javascript:x' }),
    );
    expect(person).not.toHaveProperty('avatar_url');
  });

  it('says so when the provider does not answer as it should', async () => {
    const good = (nonce: string) => issuer.idToken({ ...complete, nonce });
    const { cookie, begun } = await begin();
    const finish = () =>
      finishSignIn(here, settings(), cookie, { state: begun.state, code: 'x' }, Date.now());
    issuer.answers.set('/token', { status: 400, body: { error: 'invalid_grant' } });
    await expect(finish()).rejects.toMatchObject({ code: 'unauthorized' });
    const broken = [
      { status: 400, body: { error: 'invalid_client' } },
      { status: 500, body: 'oops' },
      { status: 302, body: '' },
      { body: 'not JSON' },
      { body: {} },
      { body: 'x'.repeat(CONFIG.oidc.maxResponseBytes + 1) },
    ];
    for (const answer of broken) {
      issuer.answers.set('/token', answer);
      await expect(finish(), JSON.stringify(answer).slice(0, 60)).rejects.toMatchObject({
        code: 'overloaded',
      });
    }
    issuer.answers.delete('/jwks');
    await expect(comeBack(good)).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('keeps the provider’s document, and lives on an old one for a while', async () => {
    const documents = () => issuer.requests.filter(({ path }) => path.startsWith('/.well-known')).length;
    const start = (now: number) => beginSignIn(here, settings(), '/', random, now);
    const now = Date.now();
    await start(now);
    await start(now + CONFIG.oidc.discoveryMs - 1);
    expect(documents()).toBe(1);
    issuer.answers.delete('/.well-known/openid-configuration');
    await start(now + CONFIG.oidc.discoveryMs);
    expect(documents()).toBe(2);
    await expect(start(now + CONFIG.oidc.staleDiscoveryMs + 1)).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('does not take a document that speaks for another, or leads out of https', async () => {
    const document = {
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/a`,
      token_endpoint: `${issuer.url}/token`,
      jwks_uri: `${issuer.url}/jwks`,
    };
    const wrong = [{ issuer: 'https://other.test' }, { token_endpoint: 'http://other.test/token' }];
    for (const change of wrong) {
      issuer.answers.set('/.well-known/openid-configuration', { body: { ...document, ...change } });
      await expect(begin()).rejects.toMatchObject({ code: 'overloaded' });
    }
  });

  it('follows a provider that signs with a new key, but not at everybody’s word', async () => {
    await comeBack((nonce) => issuer.idToken({ ...complete, nonce }));
    issuer = await TestIssuer.start(issuer.url, 'k2');
    const attempt = () => comeBack((nonce) => issuer.idToken({ ...complete, nonce }));
    const fetches = () => issuer.requests.filter(({ path }) => path === '/jwks').length;
    await expect(attempt()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(fetches()).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + CONFIG.oidc.jwksCooldownMs });
    try {
      expect((await attempt()).person.subject).toBe('ann');
      expect(fetches()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the settings of the provider', () => {
  const all = { OIDC_ISSUER: 'https://id.test', OIDC_CLIENT_ID: 'a', OIDC_CLIENT_SECRET: 'b' };

  it('are all there, or none', () => {
    expect(oidcSettings(env)).toBeNull();
    expect(oidcSettings({ ...env, ...all })).toMatchObject({ issuer: 'https://id.test', clientId: 'a' });
    for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']) {
      expect(() => oidcSettings({ ...env, ...all, [name]: '' })).toThrow(name);
    }
    for (const OIDC_ISSUER of ['id.test', 'http://id.test', 'ftp://id.test']) {
      expect(() => oidcSettings({ ...env, ...all, OIDC_ISSUER })).toThrow('OIDC_ISSUER');
    }
    expect(oidcSettings({ ...env, ...all, OIDC_ISSUER: 'http://127.0.0.1:8789' })).not.toBeNull();
  });
});
