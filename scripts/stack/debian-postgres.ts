import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type PostgresOptions, PostgresServer } from './postgres-server.ts';

/** Where Debian's packages put PostgreSQL: a directory for each major version. */
const INSTALLATIONS = '/usr/lib/postgresql';

/** The server of Debian's package `postgresql`: an older one than npm's, as people run it by themselves. For tests. */
export class DebianPostgres extends PostgresServer {
  constructor(options: PostgresOptions) {
    super(options, newestBinaries);
  }
}

function newestBinaries(): string {
  const versions = existsSync(INSTALLATIONS) ? readdirSync(INSTALLATIONS).map(Number) : [];
  const newest = versions
    .sort((a, b) => b - a)
    .map((version) => path.join(INSTALLATIONS, String(version), 'bin'))
    .find((binaries) => existsSync(path.join(binaries, 'postgres')));
  if (!newest) throw new Error(`Debian's PostgreSQL is not installed: apt-get install postgresql`);
  return newest;
}
