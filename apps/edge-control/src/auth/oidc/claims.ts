import { LIMITS } from '@meridian/protocol';
import { z } from 'zod';
import type { SignedIn } from '../../storage/users.ts';

/** Of what the provider calls optional, what we cannot use is as good as absent. */
const optionalText = (max: number) => z.string().trim().min(1).max(max).optional().catch(undefined);

/** Standard claims (OpenID Connect Core §5.1), from an ID token or from userinfo. */
export const PersonClaims = z.object({
  /** At most 255 characters, by the standard. */
  sub: z.string().min(1).max(255),
  name: optionalText(1_000),
  preferred_username: optionalText(1_000),
  /** The longest that SMTP can deliver to (RFC 5321 §4.5.3.1). */
  email: z.email().max(320).optional().catch(undefined),
  /** Only a true that is one: some providers send words. */
  email_verified: z.literal(true).optional().catch(undefined),
  picture: z
    .url({ protocol: /^https$/ })
    .max(500)
    .optional()
    .catch(undefined),
});
export type PersonClaims = z.infer<typeof PersonClaims>;

export function personOf(issuer: string, claims: PersonClaims): SignedIn {
  const { sub, email, email_verified, picture } = claims;
  return {
    issuer,
    subject: sub,
    name: nameOf(claims),
    ...(email === undefined ? {} : { email }),
    email_verified: email !== undefined && email_verified === true,
    ...(picture === undefined ? {} : { avatar_url: picture }),
  };
}

function nameOf({ name, preferred_username, email, sub }: PersonClaims): string {
  for (const candidate of [name, preferred_username, email?.split('@')[0]]) {
    // What may not be in a display name either: control characters, and those that turn the reading direction.
    const clean = candidate?.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '').trim();
    if (clean) return Array.from(clean).slice(0, LIMITS.displayName).join('');
  }
  return sub.slice(0, LIMITS.displayName);
}
