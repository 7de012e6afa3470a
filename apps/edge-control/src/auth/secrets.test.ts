import { describe, expect, it } from 'vitest';
import { CONFIG } from '../config.ts';
import { hashSecret, newHostKey, newPassword, verifySecret } from './secrets.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);

describe('secrets', () => {
  it('are known again by their hash, and no others are', async () => {
    for (const cost of [CONFIG.secrets.password, CONFIG.secrets.hostKey]) {
      const stored = await hashSecret('pässword', cost);
      expect(stored).toMatch(/^scrypt\$\d+\$8\$\d\$/);
      expect(stored).not.toContain('ssword');
      expect(await verifySecret('pässword', stored)).toBe(true);
      // The same letters, typed on another keyboard.
      expect(await verifySecret('pa\u0308ssword', stored)).toBe(true);
      expect(await verifySecret('password', stored)).toBe(false);
      expect(await verifySecret('', stored)).toBe(false);
    }
  });

  it('are salted', async () => {
    const cost = CONFIG.secrets.hostKey;
    expect(await hashSecret('x', cost)).not.toBe(await hashSecret('x', cost));
  });

  it('hash as RFC 7914 says', async () => {
    // §12, the second vector: its first 32 bytes, as output is cut from the same stream.
    const hash = '_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWI';
    const salt = 'TmFDbA';
    expect(await verifySecret('password', `scrypt$1024$8$16$${salt}$${hash}`)).toBe(true);
  });

  it('are made without letters that look alike', () => {
    expect(newHostKey(random)).toMatch(/^[0-9a-hjkmnp-tv-z]{32}$/);
    expect(newPassword(random)).toMatch(/^[0-9a-hjkmnp-tv-z]{10}$/);
    expect(newHostKey(random)).not.toBe(newHostKey(random));
  });
});
