import { MeridianError } from '@meridian/protocol';
import { userOf } from '../../auth/account.ts';
import type { Actor } from '../../auth/actor.ts';
import { effectiveScopes, hashOfKey, isWellFormed, KeyCache } from '../../auth/api-keys.ts';
import { operatorKeyAccount } from '../../auth/operator-key.ts';
import { CONFIG } from '../../config.ts';
import { log } from '../../log.ts';
import { findKey, type KnownKey, noteKeyUse } from '../../storage/api-keys.ts';
import { callerAddress } from '../address.ts';
import type { AppContext } from '../context.ts';
import { Guesses } from '../guesses.ts';

const cache = new KeyCache();
const guesses = new Guesses();

/** Whom an API key represents. Throws `unauthorized`, or `rate_limited` for callers who make keys up. */
export async function apiKeyActor(c: AppContext, token: string, now: number): Promise<Actor> {
  const operator = await operatorKeyAccount(c.env, token);
  if (operator) return { kind: 'api_key', keyId: operator.userId, ...operator };
  const key = isWellFormed(token) ? await knownKey(c, await hashOfKey(token), now) : null;
  if (!key || (key.expiresAt !== null && key.expiresAt <= now)) {
    throw new MeridianError('unauthorized', 'the API key is not known, or was revoked, or has expired');
  }
  noteUse(c, key, now);
  const { user } = key;
  return {
    kind: 'api_key',
    keyId: key.id,
    userId: user.id,
    user: userOf(user.id, user),
    scopes: effectiveScopes(c.env, key),
  };
}

/** A key this isolate knows is good, or not good, until the cache forgets it. */
export function forgetKey(hash: string): void {
  cache.delete(hash);
}

async function knownKey(c: AppContext, hash: string, now: number): Promise<KnownKey | null> {
  const cached = cache.get(hash, now);
  if (cached !== undefined) return cached;
  // Looking keys up costs a query each, so those who make them up must not go on for ever.
  const guesser = `api-key|${callerAddress(c)}`;
  guesses.admit(guesser, now);
  const key = await findKey(c.env, hash);
  cache.put(hash, key, now);
  if (!key) await guesses.wrong(c.env.AUTH_LIMIT, guesser, now);
  return key;
}

function noteUse(c: AppContext, key: KnownKey, now: number): void {
  if (key.lastUsedAt !== null && now - key.lastUsedAt < CONFIG.apiKeys.usedEveryMs) return;
  key.lastUsedAt = now;
  const noted = noteKeyUse(c.env, key.id, now).catch((error: unknown) => {
    log('warn', 'the use of an API key was not noted', { trace_id: c.get('trace').trace_id, error });
  });
  c.executionCtx.waitUntil(noted);
}
