import { timingSafeEqual } from 'node:crypto';
import type { ApiEnv } from '../env.ts';
import type { Account } from './actor.ts';
import { hashOfKey, isWellFormed } from './api-keys.ts';
import { ConfigurationError } from './keys.ts';

/** Of no user: it belongs to the deployment. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Whom the deployment's own key represents: machines are enrolled with it before anybody has signed in, and the fleet
 * can be steered with it while Postgres is down. Null for every other key.
 */
export async function operatorKeyAccount(
  env: Pick<ApiEnv, 'OPERATOR_KEY'>,
  key: string,
): Promise<Account | null> {
  const { OPERATOR_KEY: own } = env;
  if (!own) return null;
  if (!isWellFormed(own)) {
    throw new ConfigurationError('OPERATOR_KEY', 'expected mk_ and 40 lower-case letters or digits');
  }
  const text = new TextEncoder();
  const [expected, given] = await Promise.all([hashOfKey(own), hashOfKey(key)]);
  if (!timingSafeEqual(text.encode(expected), text.encode(given))) return null;
  return {
    userId: NOBODY,
    user: { id: NOBODY, name: 'Operator key' },
    scopes: ['fleet:read', 'fleet:write'],
  };
}
