import { letters } from '../auth/secrets.ts';

/** By which people, and tools that look for leaked secrets, know what this is. */
const PREFIX = 'me_';
/** Letters of five bits each: 200 bits nobody guesses, so a fast hash is enough to keep them. */
const LENGTH = 40;

export function newEnrolmentSecret(random: (bytes: Uint8Array) => Uint8Array): string {
  return PREFIX + letters(LENGTH, random);
}

/** As which it is stored and looked up. */
export async function hashOfSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
