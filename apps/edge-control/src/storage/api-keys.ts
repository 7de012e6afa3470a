import { apiKeys, identities, users } from '@meridian/db/schema';
import { type ApiKey, type CreateApiKeyRequest, LIMITS, Scope } from '@meridian/protocol';
import { and, count, desc, eq, gt, isNull, lt, or } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query } from './database.ts';
import { storable } from './storable.ts';
import { fromUserRow, type StoredUser } from './users.ts';

/** A key that is not revoked, with what decides over its scopes. */
export type KnownKey = {
  id: string;
  user: StoredUser;
  /** Of its owner. */
  identities: readonly { issuer: string; subject: string }[];
  /** Those it was made with. */
  scopes: readonly Scope[];
  /** Unix time in milliseconds, as all times here. */
  expiresAt: number | null;
  lastUsedAt: number | null;
};

export async function findKey(env: DatabaseEnv, hash: string): Promise<KnownKey | null> {
  const rows = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select({ key: apiKeys, user: users, identity: identities })
      .from(apiKeys)
      .innerJoin(users, eq(users.id, apiKeys.userId))
      .leftJoin(identities, eq(identities.userId, users.id))
      .where(and(eq(apiKeys.keyHash, hash), isNull(apiKeys.revokedAt))),
  );
  const [row] = rows;
  if (!row) return null;
  return {
    id: row.key.id,
    user: fromUserRow(row.user),
    identities: rows.flatMap(({ identity }) => (identity ? [identity] : [])),
    scopes: knownScopes(row.key.scopes),
    expiresAt: row.key.expiresAt?.getTime() ?? null,
    lastUsedAt: row.key.lastUsedAt?.getTime() ?? null,
  };
}

export type NewKey = CreateApiKeyRequest & { userId: string; hash: string; prefix: string };

/** Writes a new key. Null when the user has as many as one may have. */
export async function insertKey(env: DatabaseEnv, key: NewKey, now: number): Promise<ApiKey | null> {
  const [existing] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db.select({ keys: count() }).from(apiKeys).where(isLive(key.userId, now)),
  );
  if ((existing?.keys ?? 0) >= LIMITS.apiKeys) return null;
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .insert(apiKeys)
      .values({
        userId: key.userId,
        name: storable(key.name),
        prefix: key.prefix,
        keyHash: key.hash,
        scopes: key.scopes,
        createdAt: new Date(now),
        expiresAt: key.expires_at === undefined ? null : new Date(key.expires_at),
      })
      .returning(),
  );
  return row ? publicKey(row) : null;
}

/** Newest first. */
export async function listKeys(env: DatabaseEnv, userId: string, now: number): Promise<ApiKey[]> {
  const rows = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select()
      .from(apiKeys)
      .where(isLive(userId, now))
      .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      .limit(LIMITS.apiKeys),
  );
  return rows.map(publicKey);
}

/** The hash of the key, which is no good from now on; null when the user has no such key. */
export async function revokeKey(
  env: DatabaseEnv,
  userId: string,
  keyId: string,
  now: number,
): Promise<string | null> {
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(apiKeys)
      .set({ revokedAt: new Date(now) })
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.userId, userId), isNull(apiKeys.revokedAt)))
      .returning({ hash: apiKeys.keyHash }),
  );
  return row?.hash ?? null;
}

/** Once in a while is enough: several isolates may have the same thought. */
export async function noteKeyUse(env: DatabaseEnv, keyId: string, now: number): Promise<void> {
  const before = new Date(now - CONFIG.apiKeys.usedEveryMs);
  await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(apiKeys)
      .set({ lastUsedAt: new Date(now) })
      .where(and(eq(apiKeys.id, keyId), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, before)))),
  );
}

function isLive(userId: string, now: number) {
  return and(
    eq(apiKeys.userId, userId),
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, new Date(now))),
  );
}

function publicKey(row: typeof apiKeys.$inferSelect): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: knownScopes(row.scopes),
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    expires_at: row.expiresAt?.toISOString() ?? null,
  };
}

/** A scope that was given up since the key was made means nothing any more. */
function knownScopes(stored: readonly string[]): Scope[] {
  return Scope.options.filter((scope) => stored.includes(scope));
}
