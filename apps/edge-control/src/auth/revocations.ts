import { type SessionClaims, TOKEN_LIFE } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import { within } from '../timeout.ts';

/**
 * Sessions that ended before their cookie expires, for every isolate to see. KV spreads a change within about a
 * minute; Postgres, which a session is checked against when its cookie is renewed, bounds that.
 */
const sessionKey = (sessionId: string) => `session:${sessionId}`;
const userKey = (userId: string) => `user:${userId}`;
/** By then no cookie is left that this could concern. */
const PUT = { expirationTtl: TOKEN_LIFE.session };

export async function isRevoked(
  revocations: KVNamespace,
  { sid, sub, since }: SessionClaims,
): Promise<boolean> {
  const found = await within(
    revocations.get([sessionKey(sid), userKey(sub)]),
    CONFIG.storage.cacheTimeoutMs,
    'the list of revocations',
  );
  const before = found.get(userKey(sub));
  return found.get(sessionKey(sid)) != null || (before != null && since <= Number(before));
}

export function denySession(revocations: KVNamespace, sessionId: string): Promise<void> {
  return put(revocations, sessionKey(sessionId), 'signed out');
}

/** All sessions of the user that began until `now` (Unix time in milliseconds). */
export function denySessionsOf(revocations: KVNamespace, userId: string, now: number): Promise<void> {
  return put(revocations, userKey(userId), String(now));
}

function put(revocations: KVNamespace, key: string, value: string): Promise<void> {
  return within(revocations.put(key, value, PUT), CONFIG.storage.cacheTimeoutMs, 'the list of revocations');
}
