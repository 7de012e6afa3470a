import pg from 'pg';
import type { ManagedProcess } from './process.ts';

export interface Postgres {
  readonly url: string;
  /** Undefined for a database that is not ours. */
  readonly process: ManagedProcess | undefined;
  start(): Promise<void>;
  /** After `grace` milliseconds it is killed, which costs it a recovery at its next start. */
  stop(grace?: number): Promise<void>;
}

/** A database that somebody else runs (DATABASE_URL). */
export class ForeignPostgres implements Postgres {
  readonly url: string;
  readonly process = undefined;

  constructor(url: string) {
    this.url = url;
  }

  async start(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
    } catch (error) {
      throw new Error(`cannot connect to the database of DATABASE_URL: ${error}`);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {}
}
