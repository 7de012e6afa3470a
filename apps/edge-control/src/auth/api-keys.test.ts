import { Scope, scopesOf } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIG } from '../config.ts';
import type { KnownKey } from '../storage/api-keys.ts';
import { effectiveScopes, hashOfKey, isWellFormed, KeyCache, newApiKey } from './api-keys.ts';
import { isOperator } from './operators.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);
const ISSUER = 'https://id.test';

function known(more: Partial<KnownKey> = {}): KnownKey {
  return {
    id: crypto.randomUUID(),
    user: { id: crypto.randomUUID(), name: 'Ann', email: 'ann@example.org', email_verified: true },
    identities: [{ issuer: ISSUER, subject: 'ann' }],
    scopes: Scope.options,
    expiresAt: null,
    lastUsedAt: null,
    ...more,
  };
}

describe('API keys', () => {
  it('are long, well-formed, different, and told apart by their prefix', async () => {
    const keys = Array.from({ length: 100 }, () => newApiKey(random));
    expect(new Set(keys.map(({ key }) => key)).size).toBe(100);
    for (const { key, prefix } of keys) {
      expect(isWellFormed(key)).toBe(true);
      expect(prefix).toBe(key.slice(0, 9));
    }
    for (const wrong of ['', 'mk_', `${keys[0]?.key}x`, keys[0]?.key.toUpperCase() ?? '', ' ']) {
      expect(isWellFormed(wrong)).toBe(false);
    }
    // FIPS 180-4, the example "abc".
    expect(await hashOfKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('never do more than they were made for, nor than their owner may now', () => {
    const scopes = fc.subarray([...Scope.options]);
    fc.assert(
      fc.property(scopes, fc.boolean(), (made, operator) => {
        const env = { OIDC_ISSUER: ISSUER, OPERATORS: operator ? 'ann@example.org' : '' };
        const effective = effectiveScopes(env, known({ scopes: made }));
        const owned = scopesOf({ operator });
        expect(effective).toEqual(Scope.options.filter((one) => made.includes(one) && owned.includes(one)));
      }),
    );
  });

  it('are remembered for some seconds, good or not, and not too many of them', () => {
    const cache = new KeyCache();
    const key = known();
    cache.put('a', key, 0);
    cache.put('b', null, 0);
    expect([cache.get('a', 9_999), cache.get('b', 9_999), cache.get('c', 0)]).toEqual([key, null, undefined]);
    expect([cache.get('a', 10_000), cache.get('b', 10_000)]).toEqual([undefined, undefined]);
    cache.put('a', key, 10_000);
    cache.delete('a');
    expect(cache.get('a', 10_000)).toBeUndefined();
    for (let i = 0; i <= CONFIG.apiKeys.maxCached; i++) cache.put(String(i), null, 0);
    expect([cache.get('0', 1), cache.get('1', 1)]).toEqual([undefined, null]);
  });
});

describe('operators', () => {
  const env = { OIDC_ISSUER: ISSUER, OPERATORS: ' Ann@Example.org , 00u-bob' };
  const ann = { issuer: ISSUER, subject: 'x', email: 'ann@example.ORG', email_verified: true };

  it('are those whom the list names, by a verified address or by subject', () => {
    expect(isOperator(env, ann)).toBe(true);
    expect(isOperator(env, { ...ann, subject: '00u-bob', email: undefined })).toBe(true);
  });

  it('are no others', () => {
    const others = [
      { ...ann, email_verified: false },
      { ...ann, email: undefined },
      { ...ann, email: 'bob@example.org' },
      { ...ann, issuer: 'https://other.test' },
      { ...ann, email: undefined, subject: '00U-BOB' },
      { ...ann, email: '' },
      { ...ann, email: undefined, subject: 'Ann@Example.org' },
    ];
    for (const other of others) expect(isOperator(env, other)).toBe(false);
    expect(isOperator({ OIDC_ISSUER: ISSUER }, ann)).toBe(false);
    expect(isOperator({ OIDC_ISSUER: ISSUER, OPERATORS: ',' }, { ...ann, subject: '' })).toBe(false);
    expect(isOperator({ OPERATORS: 'ann@example.org' }, ann)).toBe(false);
  });
});
