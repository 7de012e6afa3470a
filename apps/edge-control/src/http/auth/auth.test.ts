import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { AuthSession, Jwks, Me, Scope, type SessionClaims } from '@meridian/protocol';
import { exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, problemIn } from '../../../test/support/api.ts';
import { TestIssuer } from '../../../test/support/issuer.ts';
import { inOneMinute } from '../../../test/support/one-minute.ts';
import { denySession, denySessionsOf } from '../../auth/revocations.ts';
import { signSession, signSignIn, signTicket } from '../../auth/tokens.ts';
import { CONFIG } from '../../config.ts';
import type { ApiEnv } from '../../env.ts';
import { createApp } from '../app.ts';

const COOKIE = '__Host-meridian_session';
const SIGN_IN_COOKIE = '__Host-meridian_sign_in';
const app = createApp();

/** Like `call`, in a deployment that is set up otherwise. */
async function callWith(more: Partial<ApiEnv>, path: string, init: RequestInit = {}): Promise<Response> {
  const ctx = createExecutionContext();
  const response = await app.fetch(
    new Request(new URL(path, env.PUBLIC_ORIGIN), init),
    { ...env, ...more },
    ctx,
  );
  await waitOnExecutionContext(ctx);
  return response;
}

type Claims = Omit<SessionClaims, 'aud' | 'iat' | 'exp'>;

function person(more: Partial<Claims> = {}): Claims {
  return {
    sub: crypto.randomUUID(),
    sid: crypto.randomUUID(),
    issuer: 'https://id.test',
    subject: 'ann',
    name: 'Ann',
    email: 'ann@example.org',
    email_verified: true,
    since: Date.now(),
    ...more,
  };
}

const cookieOf = (jwt: string) => ({ cookie: `${COOKIE}=${jwt}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const me = (headers: Record<string, string>) => call('/api/v1/me', { headers });
const ticket = () =>
  signTicket(
    env,
    {
      sub: crypto.randomUUID(),
      sid: crypto.randomUUID(),
      meeting: crypto.randomUUID(),
      role: 'participant',
    },
    Date.now(),
  );

async function signingKey(kid: string): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

afterEach(() => vi.restoreAllMocks());

describe('a session cookie', () => {
  it('says who it is, without a question to Postgres', async () => {
    const claims = person({ avatar_url: 'https://id.test/ann.png' });
    const response = await me(cookieOf(await signSession(env, claims, Date.now())));
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { user, via, scopes } = Me.parse(await response.json());
    expect(user).toEqual({
      id: claims.sub,
      name: 'Ann',
      email: 'ann@example.org',
      avatar_url: 'https://id.test/ann.png',
    });
    expect([via, scopes]).toEqual(['session', Scope.options.filter((one) => !one.startsWith('fleet'))]);
  });

  it('makes an operator of whom the deployment names', async () => {
    const headers = cookieOf(await signSession(env, person(), Date.now()));
    const more = { OIDC_ISSUER: 'https://id.test', OPERATORS: 'ann@example.org' };
    const response = await callWith(more, '/api/v1/me', { headers });
    expect(Me.parse(await response.json()).scopes).toEqual(Scope.options);
  });

  it('that is no good is refused and taken away, whatever was asked for', async () => {
    const claims = person();
    const revoked = person();
    await denySession(env.REVOCATIONS, revoked.sid);
    const everywhere = person();
    await denySessionsOf(env.REVOCATIONS, everywhere.sub, Date.now());
    const aud = 'session';
    const now = Date.now();
    const attempts = {
      'alg none': new UnsecuredJWT({ ...claims, aud, iss: env.PUBLIC_ORIGIN })
        .setExpirationTime('1h')
        .encode(),
      'a foreign key': await signSession(
        { ...env, SIGNING_KEYS: JSON.stringify([await signingKey('test-1')]) },
        claims,
        now,
      ),
      'another deployment': await signSession({ ...env, PUBLIC_ORIGIN: 'https://other.test' }, claims, now),
      'a ticket': await ticket(),
      'a cookie of signing in': await signSignIn(
        env,
        { state: 's', nonce: 'n', verifier: 'v', return_to: '/' },
        now,
      ),
      'too old': await signSession(env, claims, now - 15 * 24 * 3_600_000),
      revoked: await signSession(env, revoked, now),
      'revoked with all others': await signSession(env, everywhere, now),
      nonsense: 'nonsense',
    };
    for (const [what, jwt] of Object.entries(attempts)) {
      for (const path of ['/api/v1/me', '/api/v1/meetings/123-4567-8901', '/api/v1/nothing']) {
        const response = await call(path, { headers: cookieOf(jwt) });
        const cleared = response.headers.getSetCookie();
        expect(cleared, what).toEqual([`${COOKIE}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`]);
        expect((await problemIn(response)).status, what).toBe(401);
      }
      const session = await call('/api/v1/auth/session', { headers: cookieOf(jwt) });
      expect(session.headers.getSetCookie(), what).toHaveLength(1);
      expect(AuthSession.parse(await session.json()).user, what).toBeNull();
    }
    // Those who sign in again after signing out everywhere are in.
    const since = { ...everywhere, sid: crypto.randomUUID(), since: Date.now() + 1 };
    expect((await me(cookieOf(await signSession(env, since, Date.now())))).status).toBe(200);
  });

  it('is not a bearer, nor is a ticket a cookie’s worth', async () => {
    const jwt = await signSession(env, person(), Date.now());
    expect((await me(bearer(jwt))).status).toBe(401);
    expect(await problemIn(await me(bearer(await ticket())))).toMatchObject({ status: 403 });
    // What is said expressly counts: a bad bearer is not made good by a cookie.
    expect((await me({ ...cookieOf(jwt), ...bearer('x.y.z') })).status).toBe(401);
  });

  it('only changes something for pages of ours', async () => {
    const headers = cookieOf(await signSession(env, person(), Date.now()));
    const post = (more: Record<string, string>) =>
      call('/api/v1/auth/sign-out', { method: 'POST', headers: { ...headers, ...more } });
    const senders: Record<string, string>[] = [
      {},
      { origin: 'https://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const sender of senders) {
      expect(await problemIn(await post(sender))).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
    }
    expect((await post({ origin: 'https://meet.test' })).status).toBe(204);
  });

  it('ends with signing out, although Postgres is down', async () => {
    const claims = person();
    const headers = cookieOf(await signSession(env, claims, Date.now()));
    const out = { method: 'POST', headers: { ...headers, origin: 'https://meet.test' } };
    const response = await call('/api/v1/auth/sign-out', out);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect((await me(headers)).status).toBe(401);
  });

  it('stays good without Postgres when it should be renewed, and not without the list of revocations', async () => {
    const old = Date.now() - CONFIG.session.renewAfterMs;
    const due = cookieOf(await signSession(env, person(), old));
    expect((await me(due)).status).toBe(200);
    const fresh = cookieOf(await signSession(env, person(), Date.now()));
    const list = vi.spyOn(env.REVOCATIONS, 'get').mockRejectedValue(new Error('KV is down'));
    for (const headers of [due, fresh]) {
      expect(await problemIn(await me(headers))).toMatchObject({ status: 503, code: 'overloaded' });
    }
    list.mockRestore();
  });
});

describe('nobody in particular', () => {
  it('is asked to sign in where somebody is needed', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/me'],
      ['POST', '/api/v1/auth/sign-out'],
      ['POST', '/api/v1/auth/sign-out-everywhere'],
      ['GET', '/api/v1/api-keys'],
      ['DELETE', `/api/v1/api-keys/${crypto.randomUUID()}`],
    ] as const) {
      expect(await problemIn(await call(path, { method })), path).toMatchObject({ status: 401 });
    }
    const create = { body: { name: 'x', scopes: ['meetings:read'] } };
    expect((await call('/api/v1/api-keys', create)).status).toBe(401);
  });

  it('is not whom a bad bearer makes of somebody', async () => {
    for (const value of [
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer mk_x',
      'Bearer x.y.z',
      'Bearer a b',
      'x',
    ]) {
      const response = await call('/api/v1/meetings/123-4567-8901', { headers: { authorization: value } });
      expect((await problemIn(response)).status, value).toBe(401);
    }
  });

  it('is told that a key cannot be looked up, when it cannot', async () => {
    const response = await me(bearer(`mk_${'a'.repeat(40)}`));
    expect(await problemIn(response)).toMatchObject({ status: 503 });
  });
});

describe('signing in', () => {
  it('is not possible where there is no provider, and that is all', async () => {
    for (const path of ['/api/v1/auth/sign-in', '/api/v1/auth/callback?code=x&state=y']) {
      expect(await problemIn(await call(path))).toMatchObject({ status: 503, code: 'unsupported' });
      const page = await callWith({}, path, { headers: { accept: 'text/html' } });
      expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in?error=unsupported']);
    }
    const session = AuthSession.parse(await (await call('/api/v1/auth/session')).json());
    expect(session).toEqual({ sign_in_available: false, user: null, scopes: [] });
  });

  it('leads to the provider with a cookie for the way back', async () => {
    const issuer = await TestIssuer.start();
    const response = await callWith(issuer.env, '/api/v1/auth/sign-in?return_to=/j/123?a=b%23c');
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(`${issuer.url}/authorize`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        new RegExp(`^${SIGN_IN_COOKIE}=.*; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax$`),
      ),
    ]);
    // Also with a session that is over: or nobody could begin a new one.
    const headers = cookieOf('nonsense');
    expect((await callWith(issuer.env, '/api/v1/auth/sign-in', { headers })).status).toBe(303);
  });

  it('sends nobody to another site afterwards', async () => {
    const issuer = await TestIssuer.start();
    const evil = [
      '//evil.test',
      '/\\evil.test',
      'https://evil.test',
      'evil.test',
      '',
      '/\t/evil.test',
      '/\n/evil.test',
    ];
    for (const path of [...evil, 'javascript:alert(1)', '/a\\..\\b', `/${'a'.repeat(1_024)}`]) {
      const query = new URLSearchParams({ return_to: path });
      const response = await callWith(issuer.env, `/api/v1/auth/sign-in?${query}`);
      expect((await problemIn(response)).status, path).toBe(400);
    }
    for (const path of ['/', '/j/123-4567-8901', '/a//b?x=//y#z', '/%2F%2Fevil.test']) {
      expect(new URL(path, env.PUBLIC_ORIGIN).origin).toBe(env.PUBLIC_ORIGIN);
      const query = new URLSearchParams({ return_to: path });
      expect((await callWith(issuer.env, `/api/v1/auth/sign-in?${query}`)).status, path).toBe(303);
    }
  });

  it('fails at the callback for who has not begun it, before the provider is asked', async () => {
    const issuer = await TestIssuer.start();
    const response = await callWith(issuer.env, '/api/v1/auth/callback?code=x&state=y');
    expect(await problemIn(response)).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(issuer.requests).toEqual([]);
  });

  it('is limited per address', async () => {
    const issuer = await TestIssuer.start();
    const statuses = await inOneMinute(async (address) => {
      const headers = { 'cf-connecting-ip': address };
      const answers: Response[] = [];
      for (let i = 0; i < 21; i++) {
        answers.push(await callWith(issuer.env, '/api/v1/auth/callback?code=x&state=y', { headers }));
      }
      return answers.map(({ status }) => status);
    });
    expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true);
    expect(statuses[20]).toBe(429);
  });
});

describe('the keys of this platform', () => {
  it('can be changed while people are signed in', async () => {
    const [former, current] = [await signingKey('former'), await signingKey('current')];
    const keys = (...live: unknown[]) => ({ SIGNING_KEYS: JSON.stringify(live) });
    const cookie = cookieOf(await signSession({ ...env, ...keys(former) }, person(), Date.now()));
    const inMeeting = bearer(
      await signTicket(
        { ...env, ...keys(former) },
        { sub: crypto.randomUUID(), sid: crypto.randomUUID(), meeting: crypto.randomUUID(), role: 'host' },
        Date.now(),
      ),
    );
    // Before, while the next key is becoming known, while the former is still listed, and after.
    const phases = [
      { live: [former], kids: ['former'], cookie: 200, ticket: 403 },
      { live: [former, current], kids: ['former', 'current'], cookie: 200, ticket: 403 },
      { live: [current, former], kids: ['current', 'former'], cookie: 200, ticket: 403 },
      { live: [current], kids: ['current'], cookie: 401, ticket: 401 },
    ];
    for (const phase of phases) {
      const here = keys(...phase.live);
      const published = await callWith(here, '/.well-known/jwks.json');
      expect(published.headers.get('cache-control')).toBe('public, max-age=300');
      expect(Jwks.parse(await published.json()).keys.map(({ kid }) => kid)).toEqual(phase.kids);
      expect((await callWith(here, '/api/v1/me', { headers: cookie })).status).toBe(phase.cookie);
      // A ticket that is good may not ask who it is, one that is not is nobody's.
      expect((await callWith(here, '/api/v1/me', { headers: inMeeting })).status).toBe(phase.ticket);
    }
  });
});
