import { identities, users } from '@meridian/db/schema';
import { and, eq, ne, notExists, sql } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query, sqlState } from './database.ts';
import { storable } from './storable.ts';

export type StoredUser = {
  id: string;
  name: string;
  email?: string;
  email_verified: boolean;
  avatar_url?: string;
};

/** What an OpenID provider says of somebody who has just signed in there. */
export type SignedIn = Omit<StoredUser, 'id'> & { issuer: string; subject: string };

type UserRow = Pick<typeof users.$inferSelect, 'id' | 'name' | 'email' | 'emailVerified' | 'avatarUrl'>;

export function fromUserRow({ id, name, email, emailVerified, avatarUrl }: UserRow): StoredUser {
  return {
    id,
    name,
    ...(email === null ? {} : { email }),
    email_verified: emailVerified,
    ...(avatarUrl === null ? {} : { avatar_url: avatarUrl }),
  };
}

const UNIQUE_VIOLATION = '23505';
/** Two tabs that sign in for the first time at once, and a third. */
const ATTEMPTS = 3;

/**
 * The user behind an identity, made or brought up to date.
 *
 * Who somebody is, is (issuer, subject) alone. An e-mail address joins a new identity to a known user in one
 * case: both have it verified, and the user has no identity at this issuer yet, as when a company changes its
 * provider. A second subject of the same issuer with the same address is a person who was given the address of
 * one who left: they get an account of their own, and the address with it.
 */
export async function signedInUser(env: DatabaseEnv, person: SignedIn, now: number): Promise<StoredUser> {
  for (let attempt = 1; ; attempt++) {
    try {
      const id = await userIdOf(env, person, now);
      return { id, ...profileOf(person) };
    } catch (error) {
      // Somebody was faster; the next look finds what they made.
      if (sqlState(error) !== UNIQUE_VIOLATION || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function userIdOf(env: DatabaseEnv, person: SignedIn, now: number): Promise<string> {
  const known = await knownUser(env, person);
  const userId = known ?? (await userWithAddress(env, person)) ?? crypto.randomUUID();
  const { issuer } = person;
  const subject = storable(person.subject);
  const profile = toRow(person);
  const at = new Date(now);
  await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db.batch([
      // The address is that of whoever was seen with it last.
      db
        .update(users)
        .set({ emailVerified: false, updatedAt: at })
        .where(
          and(
            sql`${person.email_verified}`,
            eq(sql`lower(${users.email})`, profile.email?.toLowerCase() ?? ''),
            users.emailVerified,
            ne(users.id, userId),
          ),
        ),
      db
        .insert(users)
        .values({ id: userId, ...profile, createdAt: at, updatedAt: at })
        .onConflictDoUpdate({ target: users.id, set: { ...profile, updatedAt: at } }),
      known === undefined
        ? db.insert(identities).values({ userId, issuer, subject, createdAt: at, lastSignInAt: at })
        : db
            .update(identities)
            .set({ lastSignInAt: at })
            .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject))),
    ]),
  );
  return userId;
}

async function knownUser(env: DatabaseEnv, { issuer, subject }: SignedIn): Promise<string | undefined> {
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select({ userId: identities.userId })
      .from(identities)
      .where(and(eq(identities.issuer, issuer), eq(identities.subject, storable(subject))))
      .limit(1),
  );
  return row?.userId;
}

async function userWithAddress(
  env: DatabaseEnv,
  { issuer, email, email_verified }: SignedIn,
): Promise<string | undefined> {
  if (!email_verified || email === undefined) return undefined;
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select({ userId: users.id })
      .from(users)
      .where(
        and(
          eq(sql`lower(${users.email})`, email.toLowerCase()),
          users.emailVerified,
          notExists(
            db
              .select({ one: sql`1` })
              .from(identities)
              .where(and(eq(identities.userId, users.id), eq(identities.issuer, issuer))),
          ),
        ),
      )
      .limit(1),
  );
  return row?.userId;
}

function toRow(person: SignedIn) {
  const { name, email, email_verified, avatar_url } = profileOf(person);
  return { name, email: email ?? null, emailVerified: email_verified, avatarUrl: avatar_url ?? null };
}

function profileOf({ name, email, email_verified, avatar_url }: SignedIn): Omit<StoredUser, 'id'> {
  return {
    name: storable(name),
    ...(email === undefined ? {} : { email: storable(email) }),
    email_verified,
    ...(avatar_url === undefined ? {} : { avatar_url: storable(avatar_url) }),
  };
}
