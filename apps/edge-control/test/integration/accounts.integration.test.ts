import { randomUUID } from 'node:crypto';
import { LIMITS, TOKEN_LIFE } from '@meridian/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG } from '../../src/config.ts';
import { findKey, insertKey, listKeys, noteKeyUse, revokeKey } from '../../src/storage/api-keys.ts';
import {
  deleteEndedSessions,
  insertSession,
  renewSession,
  revokeSession,
  revokeSessionsOf,
} from '../../src/storage/user-sessions.ts';
import { type SignedIn, signedInUser } from '../../src/storage/users.ts';
import { TestDatabase } from './database.ts';

const GOOGLE = 'https://google.test';
const KEYCLOAK = 'https://keycloak.test';
const NOW = Date.now();
const DAY = 24 * 3_600_000;

describe('accounts in Postgres', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.start();
  });
  afterAll(() => database?.close());

  function somebody(more: Partial<SignedIn> = {}): SignedIn {
    const subject = randomUUID();
    return {
      issuer: GOOGLE,
      subject,
      name: 'Ann',
      email: `${subject}@example.org`,
      email_verified: true,
      ...more,
    };
  }
  const signIn = (person: SignedIn, now = NOW) => signedInUser(database.env, person, now);
  const userRow = async (id: string) =>
    (await database.rows('select email, email_verified, name from users where id = $1', [id]))[0];

  describe('users', () => {
    it('are who they are at their provider, whatever else changes', async () => {
      const person = somebody({ avatar_url: 'https://x.test/a.png' });
      const first = await signIn(person);
      const { avatar_url: _, ...changed } = { ...person, name: 'Ann Other', email: 'new@example.org' };
      const again = await signIn(changed, NOW + 1);
      expect(again).toEqual({
        id: first.id,
        name: 'Ann Other',
        email: 'new@example.org',
        email_verified: true,
      });
      expect((await signIn({ ...person, issuer: KEYCLOAK, email_verified: false })).id).not.toBe(first.id);
      const [identity] = await database.rows(
        'select last_sign_in_at from identities where issuer = $1 and subject = $2',
        [GOOGLE, person.subject],
      );
      expect(identity).toEqual({ last_sign_in_at: new Date(NOW + 1) });
    });

    it('need no address', async () => {
      const { email: _, ...person } = somebody({ email_verified: false });
      const user = await signIn(person);
      expect(await userRow(user.id)).toEqual({ email: null, email_verified: false, name: 'Ann' });
      expect((await signIn({ ...person, subject: randomUUID() })).id).not.toBe(user.id);
    });

    it('keep their account with another provider, if both have verified the address', async () => {
      const before = await signIn(somebody({ email: 'Move@Example.org' }));
      const after = somebody({ issuer: KEYCLOAK, email: 'move@example.org' });
      expect((await signIn(after)).id).toBe(before.id);
      expect((await signIn(after)).id).toBe(before.id);
    });

    it('are not taken over with an address that one of the providers has not verified', async () => {
      const victim = await signIn(somebody({ email: 'victim@example.org' }));
      const claim = somebody({ issuer: KEYCLOAK, email: 'victim@example.org', email_verified: false });
      const claimed = await signIn(claim);
      expect(claimed.id).not.toBe(victim.id);
      expect(await userRow(victim.id)).toMatchObject({ email_verified: true });

      const unproven = await signIn(somebody({ email: 'later@example.org', email_verified: false }));
      const proven = await signIn(somebody({ issuer: KEYCLOAK, email: 'later@example.org' }));
      expect(proven.id).not.toBe(unproven.id);
    });

    it('are not taken over with an address that was given to somebody new', async () => {
      const left = await signIn(somebody({ email: 'reused@example.org' }));
      const joined = await signIn(somebody({ email: 'reused@example.org' }));
      expect(joined.id).not.toBe(left.id);
      expect(await userRow(joined.id)).toMatchObject({ email_verified: true });
      expect(await userRow(left.id)).toMatchObject({ email: 'reused@example.org', email_verified: false });
    });

    it('are made once by those who come at once', async () => {
      const person = somebody();
      const users = await Promise.all(Array.from({ length: 3 }, () => signIn(person)));
      expect(new Set(users.map(({ id }) => id)).size).toBe(1);
      const rows = await database.rows('select id from users where email = $1', [person.email]);
      expect(rows).toHaveLength(1);
    });

    it('may be called anything', async () => {
      const user = await signIn(somebody({ name: 'A\0nn \ud800' }));
      expect(user.name).toBe('A\ufffdnn \ufffd');
      expect(await userRow(user.id)).toMatchObject({ name: user.name });
    });
  });

  describe('sessions', () => {
    async function session(now = NOW) {
      const user = await signIn(somebody());
      const id = randomUUID();
      await insertSession(database.env, { id, userId: user.id }, now);
      return { id, user };
    }

    it('are renewed with what is known of the user by then', async () => {
      const person = somebody();
      const user = await signIn(person);
      const id = randomUUID();
      await insertSession(database.env, { id, userId: user.id }, NOW);
      await signIn({ ...person, name: 'Ann Other' });
      expect(await renewSession(database.env, id, NOW + 5)).toEqual({ ...user, name: 'Ann Other' });
      const rows = await database.rows('select renewed_at from user_sessions where id = $1', [id]);
      expect(rows).toEqual([{ renewed_at: new Date(NOW + 5) }]);
    });

    it('are not renewed after they were revoked, alone or all', async () => {
      const one = await session();
      const other = randomUUID();
      await insertSession(database.env, { id: other, userId: one.user.id }, NOW);
      await revokeSession(database.env, one.id, NOW);
      expect(await renewSession(database.env, one.id, NOW)).toBeNull();
      expect(await renewSession(database.env, other, NOW)).not.toBeNull();
      const bystander = await session();
      await revokeSessionsOf(database.env, one.user.id, NOW);
      expect(await renewSession(database.env, other, NOW)).toBeNull();
      expect(await renewSession(database.env, bystander.id, NOW)).not.toBeNull();
      expect(await renewSession(database.env, randomUUID(), NOW)).toBeNull();
    });

    it('end when they are not used, and in the end also when they are', async () => {
      const { id } = await session();
      expect(await renewSession(database.env, id, NOW + TOKEN_LIFE.session * 1000)).toBeNull();
      for (let at = 10 * DAY; at < CONFIG.session.maxAgeMs; at += 10 * DAY) {
        expect(await renewSession(database.env, id, NOW + at)).not.toBeNull();
      }
      expect(await renewSession(database.env, id, NOW + CONFIG.session.maxAgeMs)).toBeNull();
    });

    it('are deleted some time after their end', async () => {
      const [live, revoked, idle] = [await session(), await session(), await session(NOW - 40 * DAY)];
      await revokeSession(database.env, revoked.id, NOW - 29 * DAY);
      const left = async (now: number) => {
        await deleteEndedSessions(database.env, now);
        const rows = await database.rows<{ id: string }>('select id from user_sessions where id = any($1)', [
          [live.id, revoked.id, idle.id],
        ]);
        return rows.map(({ id }) => id).sort();
      };
      expect(await left(NOW)).toEqual([live.id, revoked.id, idle.id].sort());
      expect(await left(NOW + 5 * DAY)).toEqual([live.id]);
      expect(await left(NOW + 50 * DAY)).toEqual([]);
    });
  });

  describe('API keys', () => {
    const key = (userId: string, hash = randomUUID()) => ({
      userId,
      hash,
      name: 'CI',
      prefix: 'mk_abcdef',
      scopes: ['meetings:read' as const],
    });

    it('are found by their hash, with who owns them, until they are revoked', async () => {
      const person = somebody();
      const user = await signIn(person);
      const hash = randomUUID();
      const stored = await insertKey(database.env, key(user.id, hash), NOW);
      if (!stored) throw new Error('refused');
      expect(await findKey(database.env, hash)).toMatchObject({
        id: stored.id,
        user,
        identities: [{ issuer: GOOGLE, subject: person.subject }],
        scopes: ['meetings:read'],
        expiresAt: null,
        lastUsedAt: null,
      });
      expect(await findKey(database.env, randomUUID())).toBeNull();
      expect(await revokeKey(database.env, randomUUID(), stored.id, NOW)).toBeNull();
      expect(await revokeKey(database.env, user.id, stored.id, NOW)).toBe(hash);
      expect(await revokeKey(database.env, user.id, stored.id, NOW)).toBeNull();
      expect(await findKey(database.env, hash)).toBeNull();
      expect(await listKeys(database.env, user.id, NOW)).toEqual([]);
    });

    it('note their use once a minute', async () => {
      const user = await signIn(somebody());
      const stored = await insertKey(database.env, key(user.id), NOW);
      if (!stored) throw new Error('refused');
      const times = [NOW, NOW + 59_000, NOW + 61_000];
      const noted = [];
      for (const now of times) {
        await noteKeyUse(database.env, stored.id, now);
        noted.push((await listKeys(database.env, user.id, NOW))[0]?.last_used_at);
      }
      expect(noted).toEqual([NOW, NOW, NOW + 61_000].map((time) => new Date(time).toISOString()));
    });

    it('are at most so many; those that are over do not count', async () => {
      const user = await signIn(somebody());
      const gone = { ...key(user.id), expires_at: new Date(NOW + 1_000).toISOString() };
      expect(await insertKey(database.env, gone, NOW)).not.toBeNull();
      for (let i = 0; i < LIMITS.apiKeys; i++) {
        expect(await insertKey(database.env, key(user.id), NOW + 2_000 + i)).not.toBeNull();
      }
      expect(await insertKey(database.env, key(user.id), NOW + 5_000)).toBeNull();
      const list = await listKeys(database.env, user.id, NOW + 5_000);
      expect(list).toHaveLength(LIMITS.apiKeys);
      expect(list[0]?.created_at).toBe(new Date(NOW + 2_000 + LIMITS.apiKeys - 1).toISOString());
    });
  });
});
