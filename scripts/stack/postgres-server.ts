import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from './logs.ts';
import type { Postgres } from './postgres.ts';
import { ManagedProcess } from './process.ts';
import { reachablePlace, type User, unprivilegedUser } from './unprivileged.ts';

export type PostgresOptions = {
  readonly dataDir: string;
  readonly port: number;
  readonly password: string;
  readonly log: Logger;
  /** Data that nobody will want again: faster, and not safe against a power failure. */
  readonly disposable: boolean;
};

const DATABASE = 'meridian';
const SUPERUSER = 'meridian';
const START_TIMEOUT = 20_000;
/** What it says when processes of a former server on the same data are still there. */
const STILL_IN_USE = 'pre-existing shared memory block';
/** Says on every start that it starts, listens and is ready; trouble has other words. */
const ROUTINE =
  /LOG: {2}(starting|listening|database system (was|is)|checkpoint|received fast|aborting|background)/;

/** The directory of `initdb` and `postgres`, as `user` can run them (undefined: who we are). */
export type FindBinaries = (user: User | undefined) => string;

/** A PostgreSQL server of our own, with its data in a directory of ours. Where its programs are is for others to say. */
export class PostgresServer implements Postgres {
  readonly url: string;
  readonly #options: PostgresOptions;
  readonly #findBinaries: FindBinaries;
  readonly #user: User | undefined;
  readonly #cluster: string;
  #process: ManagedProcess | undefined;

  constructor(options: PostgresOptions, findBinaries: FindBinaries) {
    this.#options = options;
    this.#findBinaries = findBinaries;
    const cluster = path.join(options.dataDir, 'postgres');
    this.#user = unprivilegedUser(cluster);
    this.#cluster = reachablePlace(this.#user, cluster);
    this.url = this.#urlOf(DATABASE);
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  async start(): Promise<void> {
    if (this.#process?.running) return;
    const binaries = this.#findBinaries(this.#user);
    if (!existsSync(path.join(this.#cluster, 'PG_VERSION'))) this.#initialise(binaries);
    const deadline = performance.now() + START_TIMEOUT;
    for (;;) {
      this.#process = this.#launch(binaries);
      if (await this.#isAccepting(this.#process, deadline)) return;
      const why = `PostgreSQL ended (${await this.#process.exited})\n${this.#process.lastLines()}`;
      // Children of a server that was killed are sessions of their own, and take a moment to notice.
      if (!why.includes(STILL_IN_USE) || performance.now() > deadline) throw new Error(why);
      await sleep(100);
    }
  }

  #launch(binaries: string): ManagedProcess {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.#options.port),
      // The default directory of its socket belongs to Debian's PostgreSQL.
      unix_socket_directories: '',
      ...(this.#options.disposable
        ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
        : {}),
    };
    return new ManagedProcess({
      name: 'postgres',
      command: path.join(binaries, 'postgres'),
      args: [
        '-D',
        this.#cluster,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      // Not ours: PG* variables would point it elsewhere, and a foreign locale may not exist.
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      cwd: '/',
      ...(this.#user ? { user: this.#user } : {}),
      log: this.#options.log,
      hide: ROUTINE,
      // "Fast": ends sessions and stops. SIGTERM would wait for every client to leave.
      stopSignal: 'SIGINT',
    });
  }

  async stop(grace?: number): Promise<void> {
    await this.#process?.stop(grace);
    this.#process = undefined;
  }

  /** Only ever called for a stack whose data is disposable. */
  removeData(): void {
    rmSync(this.#cluster, { recursive: true, force: true });
    // A stand-in has a directory of its own around it.
    const parent = path.dirname(this.#cluster);
    if (parent !== path.resolve(this.#options.dataDir)) rmSync(parent, { recursive: true, force: true });
  }

  #urlOf(database: string): string {
    const { password, port } = this.#options;
    return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
  }

  #initialise(binaries: string): void {
    const parent = path.dirname(this.#cluster);
    mkdirSync(parent, { recursive: true });
    // What an initialisation that was interrupted left would be refused.
    rmSync(this.#cluster, { recursive: true, force: true });
    mkdirSync(this.#cluster, { mode: 0o700 });
    const passwordFile = `${this.#cluster}.password`;
    writeFileSync(passwordFile, this.#options.password, { mode: 0o600 });
    if (this.#user) {
      chownSync(this.#cluster, this.#user.uid, this.#user.gid);
      chownSync(passwordFile, this.#user.uid, this.#user.gid);
    }
    const access = ['-A', 'scram-sha-256', '-U', SUPERUSER, '--pwfile', passwordFile];
    const text = ['-E', 'UTF8', '--locale=C'];
    const args = ['-D', this.#cluster, ...access, ...text, '--no-sync'];
    try {
      execFileSync(path.join(binaries, 'initdb'), args, {
        ...this.#user,
        cwd: '/',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      rmSync(this.#cluster, { recursive: true, force: true });
      throw error;
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  /** False when it has ended instead. */
  async #isAccepting(process: ManagedProcess, deadline: number): Promise<boolean> {
    for (;;) {
      if (!process.running) return false;
      try {
        await this.#createDatabase();
        return true;
      } catch (error) {
        if (!isStartingUp(error) || performance.now() > deadline) {
          await process.stop();
          throw new Error(`PostgreSQL is not ready: ${error}\n${process.lastLines()}`);
        }
        await sleep(30);
      }
    }
  }

  async #createDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#urlOf('postgres') });
    await client.connect();
    try {
      const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
      if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    } finally {
      await client.end();
    }
  }
}

/** Not listening yet, or listening and not ready (57P03). Anything else does not go away by waiting. */
function isStartingUp(error: unknown): boolean {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return code === 'ECONNREFUSED' || code === '57P03';
}
