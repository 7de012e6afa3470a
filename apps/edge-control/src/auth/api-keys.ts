import { Scope, scopesOf } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { OidcEnv } from '../env.ts';
import type { KnownKey } from '../storage/api-keys.ts';
import { isOperator } from './operators.ts';
import { letters } from './secrets.ts';

/** By which people, and tools that look for leaked secrets, know what this is. */
const PREFIX = 'mk_';
/** Letters of five bits each: 200 bits nobody guesses, so a fast hash is enough to keep them. */
const LENGTH = 40;
const FORM = new RegExp(`^${PREFIX}[0-9a-z]{${LENGTH}}$`);
/** Of the key with its `mk_`, shown in lists: 30 of the 200 bits. */
const SHOWN = 9;

export function newApiKey(random: (bytes: Uint8Array) => Uint8Array): { key: string; prefix: string } {
  const key = PREFIX + letters(LENGTH, random);
  return { key, prefix: key.slice(0, SHOWN) };
}

export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

export function isWellFormed(key: string): boolean {
  return FORM.test(key);
}

/** As which a key is stored and looked up. */
export async function hashOfKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a key may do now: never more than its owner may, who can have lost something since. */
export function effectiveScopes(env: OidcEnv, key: KnownKey): Scope[] {
  const operator = key.identities.some((identity) => isOperator(env, { ...key.user, ...identity }));
  const owned = scopesOf({ operator });
  return Scope.options.filter((scope) => key.scopes.includes(scope) && owned.includes(scope));
}

/** What an isolate remembers of keys, also that one does not exist. */
export class KeyCache {
  readonly #entries = new Map<string, { key: KnownKey | null; until: number }>();

  /** Undefined when it has to be looked up. */
  get(hash: string, now: number): KnownKey | null | undefined {
    const entry = this.#entries.get(hash);
    return entry && entry.until > now ? entry.key : undefined;
  }

  put(hash: string, key: KnownKey | null, now: number): void {
    this.#entries.delete(hash);
    this.#entries.set(hash, { key, until: now + CONFIG.apiKeys.cacheMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > CONFIG.apiKeys.maxCached && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(hash: string): void {
    this.#entries.delete(hash);
  }
}
