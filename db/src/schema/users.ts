import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, moment, updatedAt, uuidKey } from './columns.ts';

export const users = pgTable(
  'users',
  {
    id: uuidKey(),
    /** What the OpenID provider says, if it says anything. Not what identifies anybody: see `identities`. */
    email: varchar('email', { length: 320 }),
    /** The provider has seen that mail to this address reaches this person. */
    emailVerified: boolean('email_verified').notNull().default(false),
    name: varchar('name', { length: 100 }).notNull(),
    avatarUrl: varchar('avatar_url', { length: 500 }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  // Anybody can claim an address; only one can have shown that it is theirs.
  (t) => [uniqueIndex('users_verified_email').on(sql`lower(${t.email})`).where(sql`${t.emailVerified}`)],
);

/** Who a user is at an OpenID provider: (issuer, subject) never changes, e-mail addresses do. */
export const identities = pgTable(
  'identities',
  {
    id: uuidKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    createdAt: createdAt(),
    lastSignInAt: moment('last_sign_in_at'),
  },
  (t) => [
    uniqueIndex('identities_issuer_subject').on(t.issuer, t.subject),
    index('identities_user').on(t.userId),
  ],
);

/** Browsers that are signed in. Their cookies say so by themselves; this is what they are renewed by. */
export const userSessions = pgTable(
  'user_sessions',
  {
    id: uuidKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    /** When its cookie was signed last. */
    renewedAt: moment('renewed_at').notNull(),
    revokedAt: moment('revoked_at'),
  },
  (t) => [index('user_sessions_user').on(t.userId)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuidKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: varchar('name', { length: 100 }).notNull(),
    /** The first characters, for people to tell their keys apart. */
    prefix: varchar('prefix', { length: 16 }).notNull(),
    /** SHA-256: the key is random, so nothing slower is needed, and it is looked up by this. */
    keyHash: text('key_hash').notNull().unique(),
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    lastUsedAt: moment('last_used_at'),
    expiresAt: moment('expires_at'),
    revokedAt: moment('revoked_at'),
  },
  (t) => [index('api_keys_user').on(t.userId)],
);
