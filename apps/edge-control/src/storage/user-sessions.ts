import { userSessions, users } from '@meridian/db/schema';
import { TOKEN_LIFE } from '@meridian/protocol';
import { and, eq, gt, isNull, lt, or } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query } from './database.ts';
import { fromUserRow, type StoredUser } from './users.ts';

/** `now` in all of these is Unix time in milliseconds. All throw `overloaded` when Postgres does not answer. */

export async function insertSession(
  env: DatabaseEnv,
  session: { id: string; userId: string },
  now: number,
): Promise<void> {
  const at = new Date(now);
  await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db.insert(userSessions).values({ ...session, createdAt: at, renewedAt: at }),
  );
}

/** Notes that the session is in use. Whose it is, or null when it was revoked or has become too old. */
export async function renewSession(
  env: DatabaseEnv,
  sessionId: string,
  now: number,
): Promise<StoredUser | null> {
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(userSessions)
      .set({ renewedAt: new Date(now) })
      .from(users)
      .where(
        and(
          eq(userSessions.id, sessionId),
          eq(users.id, userSessions.userId),
          isNull(userSessions.revokedAt),
          gt(userSessions.renewedAt, new Date(now - TOKEN_LIFE.session * 1000)),
          gt(userSessions.createdAt, new Date(now - CONFIG.session.maxAgeMs)),
        ),
      )
      .returning({
        id: users.id,
        name: users.name,
        email: users.email,
        emailVerified: users.emailVerified,
        avatarUrl: users.avatarUrl,
      }),
  );
  return row ? fromUserRow(row) : null;
}

export async function revokeSession(env: DatabaseEnv, sessionId: string, now: number): Promise<void> {
  await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(userSessions)
      .set({ revokedAt: new Date(now) })
      .where(and(eq(userSessions.id, sessionId), isNull(userSessions.revokedAt))),
  );
}

/** Every browser of the user. */
export async function revokeSessionsOf(env: DatabaseEnv, userId: string, now: number): Promise<void> {
  await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(userSessions)
      .set({ revokedAt: new Date(now) })
      .where(and(eq(userSessions.userId, userId), isNull(userSessions.revokedAt))),
  );
}

/** Run daily: sessions that ended a while ago, by themselves or by revocation. */
export async function deleteEndedSessions(env: DatabaseEnv, now: number): Promise<void> {
  const ended = now - CONFIG.session.keepEndedMs;
  await query(env, CONFIG.storage.batchTimeoutMs, async (db) =>
    db
      .delete(userSessions)
      .where(
        or(
          lt(userSessions.revokedAt, new Date(ended)),
          lt(userSessions.renewedAt, new Date(ended - TOKEN_LIFE.session * 1000)),
        ),
      ),
  );
}
