import { z } from 'zod';
import { newSigningKey } from './signing-key.ts';

/** SIGNING_KEYS of the Workers: private ES256 JWKs of which the first signs and all verify. */
export const SigningKeys = z
  .array(z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), kid: z.string(), d: z.string() }))
  .max(8);
export type SigningKeys = z.infer<typeof SigningKeys>;

export const STEPS = ['add', 'promote', 'drop'] as const;
export type Step = (typeof STEPS)[number];

/**
 * The keys after a step of a rotation. Every step is deployed and left to spread before the next:
 * add      a key that everybody learns of before it signs
 * promote  the newest key signs; what the others have signed stays good
 * drop     only the key that signs is left
 */
export function rotated(keys: SigningKeys, step: Step): SigningKeys {
  const [first, ...others] = keys;
  const newest = others.at(-1);
  switch (step) {
    case 'add':
      return SigningKeys.parse([...keys, newSigningKey()]);
    case 'promote':
      if (!first || !newest) throw new Error('there is no second key to promote: add one first');
      return [newest, first, ...others.slice(0, -1)];
    case 'drop':
      if (!first) throw new Error('there is no key');
      return [first];
  }
}
