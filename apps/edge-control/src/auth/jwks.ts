import { type Jwks, SIGNING_ALGORITHM } from '@meridian/protocol';
import type { SharedEnv } from '../env.ts';
import { signingKeys } from './keys.ts';

/** The public parts of all keys: the next one must be known everywhere before it signs. */
export async function jwks(env: SharedEnv): Promise<Jwks> {
  const { publicKeys } = await signingKeys(env);
  return { keys: publicKeys.map((key) => ({ ...key, alg: SIGNING_ALGORITHM, use: 'sig' })) };
}
