import { MeridianError, type SessionClaims } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { log } from '../log.ts';
import { insertSession, renewSession, revokeSession, revokeSessionsOf } from '../storage/user-sessions.ts';
import type { StoredUser } from '../storage/users.ts';
import { denySession, denySessionsOf, isRevoked } from './revocations.ts';
import { signSession, verifySession } from './tokens.ts';

/** Who somebody is at the provider they signed in with. */
type AtProvider = Pick<SessionClaims, 'issuer' | 'subject'>;

/** Signs a browser in. The value of its cookie. `now` in all of these is Unix time in milliseconds. */
export async function beginSession(
  env: ApiEnv,
  user: StoredUser,
  { issuer, subject }: AtProvider,
  now: number,
): Promise<string> {
  const sid = crypto.randomUUID();
  await insertSession(env, { id: sid, userId: user.id }, now);
  return signedFor(env, user, { sid, issuer, subject, since: now }, now);
}

/**
 * Who a session cookie belongs to, and the next cookie when this one has become old. Throws `unauthorized` or
 * `token_expired` for one that is no good or was revoked, `overloaded` when nobody can tell whether it was.
 */
export async function checkSession(
  env: ApiEnv,
  cookie: string,
  now: number,
): Promise<{ claims: SessionClaims; renewed?: string }> {
  const claims = await verifySession(env, cookie, now);
  const revoked = await isRevoked(env.REVOCATIONS, claims).catch((error: unknown) => {
    log('warn', 'the list of revocations failed', { error });
    return undefined;
  });
  if (revoked) throw ended();
  const fresh = now - claims.iat * 1000 < CONFIG.session.renewAfterMs;
  if (fresh && revoked === false) return { claims };
  let user: StoredUser | null;
  try {
    user = await renewSession(env, claims.sid, now);
  } catch (error) {
    // Without Postgres people stay signed in, for the life of a cookie; not where a revocation could be missed.
    if (revoked === undefined) throw error;
    log('warn', 'a session could not be renewed', { error });
    return { claims };
  }
  if (!user) throw ended();
  const renewed = await signedFor(env, user, claims, now);
  return { claims: await verifySession(env, renewed, now), renewed };
}

/** Two places know; each alone keeps the cookie from being good for long. */
export async function endSession(env: ApiEnv, sessionId: string, now: number): Promise<void> {
  await either(denySession(env.REVOCATIONS, sessionId), revokeSession(env, sessionId, now));
}

/** Every browser of the user. */
export async function endSessionsOf(env: ApiEnv, userId: string, now: number): Promise<void> {
  await either(denySessionsOf(env.REVOCATIONS, userId, now), revokeSessionsOf(env, userId, now));
}

async function either(...tries: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tries);
  const failures = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failures) log('warn', 'a revocation went to one place only', { error: reason });
  const [failure] = failures;
  if (failure && failures.length === tries.length) throw failure.reason;
}

function signedFor(
  env: ApiEnv,
  { id, name, email, email_verified, avatar_url }: StoredUser,
  { sid, issuer, subject, since }: Pick<SessionClaims, 'sid' | 'issuer' | 'subject' | 'since'>,
  now: number,
): Promise<string> {
  const profile = { name, email, email_verified, avatar_url };
  return signSession(env, { sub: id, sid, issuer, subject, since, ...profile }, now);
}

function ended(): MeridianError {
  return new MeridianError('unauthorized', 'the session has ended');
}
