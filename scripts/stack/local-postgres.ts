import { DebianPostgres } from './debian-postgres.ts';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import type { PostgresOptions, PostgresServer } from './postgres-server.ts';

const SERVERS = { embedded: EmbeddedPostgres, debian: DebianPostgres } as const;

/** Which PostgreSQL to run: the one from npm, or Debian's. */
export type LocalPostgresKind = keyof typeof SERVERS;

/** For tests that have to pass on each. */
export const LOCAL_POSTGRES_KINDS = ['embedded', 'debian'] as const satisfies readonly LocalPostgresKind[];

export function localPostgres(kind: LocalPostgresKind, options: PostgresOptions): PostgresServer {
  return new SERVERS[kind](options);
}
