import { randomBytes } from 'node:crypto';
import { ApiKeyList, AuthSession, CreateApiKeyResponse, Me, Problem } from '@meridian/protocol';
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { developmentSecrets } from '../../scripts/stack/keys.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { Browser, last } from '../headless/browser.ts';
import { until } from '../poll.ts';

const COOKIE = 'meridian_session';

/** Signing in and API keys, through the real Workers, Postgres and an OpenID provider. */
describe('people who sign in', () => {
  let stack: Stack;
  let database: pg.Pool;

  beforeAll(async () => {
    stack = await startStack({ ports: 'free', logs: 'quiet', regions: ['eu-west'], oidc: true });
    database = new pg.Pool({ connectionString: stack.databaseUrl });
    // One test stops the server under it.
    database.on('error', () => {});
  });
  afterAll(async () => {
    await database?.end();
    await stack?.close();
  });

  const api = (path: string) => `${stack.url}/api/v1${path}`;
  const get = (browser: Browser, path: string) => browser.request(api(path));
  /** As a page of ours does it. */
  const post = (browser: Browser, path: string, body?: unknown, origin = stack.url) =>
    browser.request(api(path), {
      method: 'POST',
      headers: { origin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  async function signedIn(email: string, name?: string): Promise<Browser> {
    const browser = new Browser();
    const visits = await browser.signIn(stack.url, { email, ...(name === undefined ? {} : { name }) });
    expect(last(visits).url.href).toBe(`${stack.url}/`);
    return browser;
  }
  const me = async (browser: Browser) => Me.parse(await (await get(browser, '/me')).json());
  const statusOf = async (browser: Browser, path: string) => (await get(browser, path)).status;

  it('go to the provider and come back as who they are there', async () => {
    const browser = new Browser();
    const before = AuthSession.parse(await (await get(browser, '/auth/session')).json());
    expect(before).toEqual({ sign_in_available: true, user: null, scopes: [] });
    expect(await statusOf(browser, '/me')).toBe(401);

    const visits = await browser.signIn(stack.url, { email: 'ben@example.com' }, '/j/123-4567-8901?x=1');
    const request = visits[1]?.url;
    expect(request?.origin).toBe(`http://127.0.0.1:${stack.ports.oidc}`);
    expect(Object.fromEntries(request?.searchParams ?? [])).toMatchObject({
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const callback = visits.find(({ url }) => url.pathname === '/api/v1/auth/callback');
    const cookie = callback?.response.headers.getSetCookie().find((line) => line.startsWith(COOKIE));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(last(visits).url.href).toBe(`${stack.url}/j/123-4567-8901?x=1`);

    const { user, via, scopes } = await me(browser);
    expect(user).toMatchObject({ name: 'Ben Okafor', email: 'ben@example.com' });
    expect(via).toBe('session');
    expect(scopes).toContain('meetings:write');
    expect(scopes).not.toContain('fleet:read');
    const after = AuthSession.parse(await (await get(browser, '/auth/session')).json());
    expect(after).toEqual({ sign_in_available: true, user, scopes });
  });

  it('are the same user each time, and operators when they are named so', async () => {
    const first = await me(await signedIn('ada@example.com'));
    const again = await me(await signedIn('ada@example.com'));
    expect(again.user).toEqual(first.user);
    expect(first.scopes).toContain('fleet:write');
    const renamed = await me(await signedIn('dora@example.com', 'Dora'));
    const later = await me(await signedIn('dora@example.com', 'Dora Maar'));
    expect(later.user).toEqual({ ...renamed.user, name: 'Dora Maar' });
    const { rows } = await database.query(
      'select issuer, email_verified from identities join users on users.id = user_id where users.id = $1',
      [first.user.id],
    );
    expect(rows).toEqual([{ issuer: `http://127.0.0.1:${stack.ports.oidc}`, email_verified: true }]);
  });

  it('cannot use a code twice, or somebody else’s', async () => {
    const browser = new Browser();
    const visits = await browser.signIn(stack.url, { email: 'ben@example.com' });
    const callback = visits.find(({ url }) => url.pathname === '/api/v1/auth/callback');
    if (!callback) throw new Error('no callback');
    const again = await browser.request(callback.url);
    expect(Problem.parse(await again.json())).toMatchObject({ status: 401, code: 'unauthorized' });
    // A link somebody is lured to open, to be signed in as the one who made it.
    const lured = await new Browser().request(callback.url);
    expect([lured.status, lured.headers.getSetCookie()]).toEqual([401, []]);
    // People see a page.
    const page = await browser.request(callback.url, { headers: { accept: 'text/html,*/*' } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in?error=unauthorized']);
  });

  it('do nothing for pages of other sites', async () => {
    const browser = await signedIn('ben@example.com');
    const senders: Record<string, string>[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of senders) {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      };
      for (const path of ['/auth/sign-out', '/api-keys', '/meetings']) {
        expect((await browser.request(api(path), init)).status, path).toBe(403);
      }
    }
    expect((await me(browser)).user.name).toBe('Ben Okafor');
  });

  it('sign out: nobody goes on with the cookie', async () => {
    const browser = await signedIn('ben@example.com');
    const thief = browser.copy();
    const other = await signedIn('ben@example.com');
    expect((await post(browser, '/auth/sign-out')).status).toBe(204);
    expect(browser.cookie(COOKIE)).toBeUndefined();
    const refused = await get(thief, '/me');
    expect(Problem.parse(await refused.json())).toMatchObject({ status: 401, code: 'unauthorized' });
    // A page could not drop it itself.
    expect(thief.cookie(COOKIE)).toBeUndefined();
    expect(await statusOf(other, '/me')).toBe(200);
    const { rows } = await database.query(
      'select count(*)::int as n from user_sessions where revoked_at is not null',
    );
    expect(rows[0].n).toBe(1);
  });

  it('sign out everywhere, and can sign in again', async () => {
    const [one, two, ada] = [
      await signedIn('chiara@example.com'),
      await signedIn('chiara@example.com'),
      await signedIn('ada@example.com'),
    ];
    expect((await post(one, '/auth/sign-out-everywhere')).status).toBe(204);
    expect(await statusOf(two, '/me')).toBe(401);
    expect(await statusOf(ada, '/me')).toBe(200);
    expect(await statusOf(await signedIn('chiara@example.com'), '/me')).toBe(200);
  });

  it('stay signed in while Postgres is away', async () => {
    const browser = await signedIn('ben@example.com');
    await stack.postgres.stop();
    try {
      expect((await me(browser)).user.name).toBe('Ben Okafor');
      // One of the two places that know of a revocation is enough.
      const copy = browser.copy();
      expect((await post(browser, '/auth/sign-out')).status).toBe(204);
      expect(await statusOf(copy, '/me')).toBe(401);
    } finally {
      await stack.postgres.start();
    }
  });

  it('are looked up again when their cookie has become old, and get a new one', async () => {
    const browser = await signedIn('ben@example.com');
    const jwt = browser.cookie(COOKIE) ?? '';
    const sessionId = String(decodeJwt(jwt).sid);
    const old = await aged(jwt, 20 * 60);
    const renewed = await fetch(api('/me'), { headers: { cookie: `${COOKIE}=${old}` } });
    const [cookie = ''] = renewed.headers.getSetCookie();
    const fresh = /^meridian_session=([^;]+);/.exec(cookie)?.[1] ?? '';
    expect(decodeJwt(fresh)).toMatchObject({ sid: sessionId, since: decodeJwt(jwt).since });
    expect(Number(decodeJwt(fresh).exp)).toBeGreaterThan(Number(decodeJwt(old).exp));
    // Revoked where the list of revocations does not know of it: the next renewal does.
    await database.query('update user_sessions set revoked_at = now() where id = $1', [sessionId]);
    const status = async (value: string) =>
      (await fetch(api('/me'), { headers: { cookie: `${COOKIE}=${value}` } })).status;
    expect([await status(fresh), await status(old)]).toEqual([200, 401]);
  });

  /** The cookie as it would be, had it been signed `seconds` ago. */
  async function aged(jwt: string, seconds: number): Promise<string> {
    const [key] = developmentSecrets(stack.dataDir).signingKeys;
    if (!key) throw new Error('no key');
    const { iat = 0, exp = 0, ...claims } = decodeJwt(jwt);
    const { kid = '', typ = '' } = decodeProtectedHeader(jwt);
    return new SignJWT({ ...claims, iat: iat - seconds, exp: exp - seconds })
      .setProtectedHeader({ alg: 'ES256', kid, typ })
      .sign(await importJWK(key, 'ES256'));
  }

  describe('and make API keys', () => {
    const bearer = (key: string, init: RequestInit = {}) => ({
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    const withKey = (key: string, path: string, init: RequestInit = {}) =>
      fetch(api(path), bearer(key, init));
    async function newKey(browser: Browser, scopes: string[], more: Record<string, unknown> = {}) {
      const response = await post(browser, '/api-keys', { name: 'CI', scopes, ...more });
      expect(response.status).toBe(201);
      return CreateApiKeyResponse.parse(await response.json());
    }

    it('that act for them, within their scopes', async () => {
      const browser = await signedIn('ben@example.com');
      const { key, prefix, id } = await newKey(browser, ['meetings:read', 'api_keys']);
      expect(key).toMatch(/^mk_[0-9a-z]{40}$/);
      expect(key.startsWith(prefix)).toBe(true);

      const { user, via, scopes } = Me.parse(await (await withKey(key, '/me')).json());
      expect([user, via, scopes]).toEqual([
        (await me(browser)).user,
        'api_key',
        ['meetings:read', 'api_keys'],
      ]);

      const narrow = await newKey(browser, ['meetings:read']);
      const refusal = await withKey(narrow.key, '/api-keys');
      expect(Problem.parse(await refusal.json())).toMatchObject({ status: 403, code: 'forbidden' });
      // No key makes one that may do more than itself.
      const wide = { method: 'POST', body: JSON.stringify({ name: 'x', scopes: ['meetings:write'] }) };
      expect((await withKey(key, '/api-keys', wide)).status).toBe(403);
      // It is no browser: sessions are not its business.
      expect((await withKey(key, '/auth/sign-out', { method: 'POST' })).status).toBe(403);

      const listed = await withKey(key, '/api-keys');
      const text = await listed.text();
      expect(ApiKeyList.parse(JSON.parse(text)).items.map((one) => one.id)).toEqual([narrow.id, id]);
      expect(text).not.toContain(key.slice(prefix.length));
      await until('the time of last use', 5_000, async () => {
        const list = ApiKeyList.parse(await (await get(browser, '/api-keys')).json());
        return list.items.every(({ last_used_at }) => last_used_at !== null);
      });
      const { rows } = await database.query('select key_hash from api_keys where id = $1', [id]);
      expect(rows[0].key_hash).toMatch(/^[0-9a-f]{64}$/);
    });

    it('that may do no more than themselves', async () => {
      const ben = await signedIn('ben@example.com');
      const request = { name: 'fleet', scopes: ['fleet:read'] };
      expect((await post(ben, '/api-keys', request)).status).toBe(403);
      const ada = await signedIn('ada@example.com');
      const { key } = await newKey(ada, ['fleet:read']);
      expect(Me.parse(await (await withKey(key, '/me')).json()).scopes).toEqual(['fleet:read']);
      const past = { name: 'x', scopes: ['meetings:read'], expires_at: '2020-01-01T00:00:00Z' };
      expect((await post(ada, '/api-keys', past)).status).toBe(422);
      for (const scopes of [[], ['everything'], ['webhooks', 'webhooks']]) {
        expect((await post(ada, '/api-keys', { name: 'x', scopes })).status).toBe(400);
      }
    });

    it('that end, by revocation or by themselves', async () => {
      const browser = await signedIn('ben@example.com');
      const stranger = await signedIn('chiara@example.com');
      const { key, id } = await newKey(browser, ['meetings:read']);
      const path = `/api-keys/${id}`;
      const remove = (who: Browser) =>
        who.request(api(path), { method: 'DELETE', headers: { origin: stack.url } });
      expect((await withKey(key, '/me')).status).toBe(200);
      expect((await remove(stranger)).status).toBe(404);
      expect((await remove(browser)).status).toBe(204);
      expect((await remove(browser)).status).toBe(404);
      await until('the key to be refused', 12_000, async () => (await withKey(key, '/me')).status === 401);

      const expires_at = new Date(Date.now() + 1_500).toISOString();
      const short = await newKey(browser, ['meetings:read'], { expires_at });
      expect((await withKey(short.key, '/me')).status).toBe(200);
      await until('the key to expire', 5_000, async () => (await withKey(short.key, '/me')).status === 401);
    });

    it('which nobody makes up', async () => {
      for (const key of [`mk_${'0'.repeat(40)}`, 'mk_short', 'mk_', `mk_${'A'.repeat(40)}`]) {
        const refused = await withKey(key, '/me');
        expect(Problem.parse(await refused.json())).toMatchObject({ status: 401, code: 'unauthorized' });
        expect(refused.headers.get('www-authenticate')).toBe('Bearer');
      }
    });

    it('which nobody makes up for long', async () => {
      const browser = await signedIn('ben@example.com');
      const made = () => `mk_${randomBytes(20).toString('hex')}`;
      const statuses = new Set<number>();
      // The limit is 600 a minute, counted from the full minute.
      for (let i = 0; i < 30 && !statuses.has(429); i++) {
        const tries = Array.from({ length: 50 }, async () => (await withKey(made(), '/me')).status);
        for (const status of await Promise.all(tries)) statuses.add(status);
      }
      expect([...statuses].sort()).toEqual([401, 429]);
      const refused = await withKey(made(), '/me');
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
      // People at that address go on.
      expect(await statusOf(browser, '/me')).toBe(200);
    });
  });
});
