import * as schema from '@meridian/db/schema';
import { MeridianError } from '@meridian/protocol';
import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import { CONFIG } from '../config.ts';
import { Breaker } from './breaker.ts';

export type DatabaseEnv = { DATABASE_URL: string; NEON_LOCAL?: string };
export type Database = NeonHttpDatabase<typeof schema>;

const breaker = new Breaker('the database', CONFIG.storage.breakerFailures, CONFIG.storage.breakerRestMs);

let configuredFor: string | undefined;

/** The driver's settings belong to the isolate; they are made once, when the first query needs them. */
function configure(bridge: string | undefined): void {
  if (!bridge || configuredFor === bridge) return;
  configuredFor = bridge;
  neonConfig.fetchEndpoint = () => `http://${bridge}/sql`;
}

/**
 * Runs one query, or one batch in a transaction, over HTTPS. Throws `overloaded` when the database cannot be
 * reached or does not answer in time; errors of the database itself pass through (see `sqlState`).
 */
export async function query<T>(
  env: DatabaseEnv,
  timeoutMs: number,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  configure(env.NEON_LOCAL);
  const run = () => {
    const client = neon(env.DATABASE_URL, { fetchOptions: { signal: AbortSignal.timeout(timeoutMs) } });
    return work(drizzle(client, { schema }));
  };
  try {
    return await breaker.run(run, isUnreachable, Date.now);
  } catch (error) {
    if (error instanceof MeridianError || !isUnreachable(error)) throw error;
    throw new MeridianError('overloaded', 'the database does not answer', {
      cause: error,
      retryAfterMs: CONFIG.http.overloadedRetryMs,
    });
  }
}

/** No SQLSTATE, or one of those that say "not now": the question itself may be fine. */
export function isUnreachable(error: unknown): boolean {
  const state = sqlState(error);
  // 08 connection, 53 out of resources, 57 operator intervention, 58 system error, 40 rolled back for concurrency.
  return state === undefined || /^(08|53|57|58|40)/.test(state);
}

/** The five characters by which Postgres names an error; drivers wrap them in causes. */
export function sqlState(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    if ('code' in e && typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return e.code;
  }
  return undefined;
}

/** The constraint an error names, if any. */
export function violatedConstraint(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    if ('constraint' in e && typeof e.constraint === 'string' && e.constraint !== '') return e.constraint;
  }
  return undefined;
}
