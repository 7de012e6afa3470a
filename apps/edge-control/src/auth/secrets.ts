import { scrypt, timingSafeEqual } from 'node:crypto';
import { base64url } from 'jose';
import { z } from 'zod';
import { CONFIG } from '../config.ts';

export type ScryptCost = { N: number; r: number; p: number };

/** Crockford's base 32: no letter is taken for another when read out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `scrypt$N$r$p$salt$hash`: what was used stands with the hash, so that the cost can be raised later. */
export async function hashSecret(secret: string, cost: ScryptCost): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(CONFIG.secrets.saltBytes));
  const hash = await derive(secret, salt, CONFIG.secrets.hashBytes, cost);
  return ['scrypt', cost.N, cost.r, cost.p, base64url.encode(salt), base64url.encode(hash)].join('$');
}

const StoredHash = z.tuple([
  z.literal('scrypt'),
  z.coerce.number().int(),
  z.coerce.number().int(),
  z.coerce.number().int(),
  z.string(),
  z.string(),
]);

export async function verifySecret(secret: string, stored: string): Promise<boolean> {
  const [, N, r, p, salt, hash] = StoredHash.parse(stored.split('$'));
  const expected = base64url.decode(hash);
  const actual = await derive(secret, base64url.decode(salt), expected.length, { N, r, p });
  return timingSafeEqual(actual, expected);
}

export function newHostKey(random: (bytes: Uint8Array) => Uint8Array): string {
  return letters(CONFIG.secrets.hostKeyBytes * (8 / 5), random);
}

export function newPassword(random: (bytes: Uint8Array) => Uint8Array): string {
  return letters(CONFIG.secrets.passwordLength, random);
}

export function letters(count: number, random: (bytes: Uint8Array) => Uint8Array): string {
  // 256 is a multiple of 32: every letter is as likely as another.
  return Array.from(random(new Uint8Array(count)), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

function derive(secret: string, salt: Uint8Array, length: number, cost: ScryptCost): Promise<Uint8Array> {
  // Composed, because keyboards disagree about how to write an é.
  const password = secret.normalize('NFC');
  // The memory scrypt takes (RFC 7914 §5), twice, as implementations differ in what they count.
  const maxmem = 2 * 128 * cost.r * (cost.N + cost.p);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { ...cost, maxmem }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
