import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type LocalPostgresKind, localPostgres } from '../../../../scripts/stack/local-postgres.ts';
import { migrate } from '../../../../scripts/stack/migrate.ts';
import { NeonBridge } from '../../../../scripts/stack/neon-bridge.ts';
import { freePorts } from '../../../../scripts/stack/ports.ts';
import type { PostgresServer } from '../../../../scripts/stack/postgres-server.ts';

/** A real PostgreSQL of its own with the schema in it, reached as a Worker reaches it. */
export class TestDatabase {
  /** What the storage layer wants to know of its environment. */
  readonly env: { DATABASE_URL: string; NEON_LOCAL: string };
  /** For looking behind the storage layer. */
  readonly #pool: pg.Pool;
  readonly #postgres: PostgresServer;
  readonly #bridge: NeonBridge;
  readonly #dataDir: string;

  private constructor(dataDir: string, postgres: PostgresServer, bridge: NeonBridge) {
    this.#dataDir = dataDir;
    this.#postgres = postgres;
    this.#bridge = bridge;
    this.env = { DATABASE_URL: postgres.url, NEON_LOCAL: bridge.address };
    this.#pool = new pg.Pool({ connectionString: postgres.url });
    // The server closes idle connections when it is stopped.
    this.#pool.on('error', () => {});
  }

  static async start(kind: LocalPostgresKind = 'embedded'): Promise<TestDatabase> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-database-'));
    const port = await freePorts(2);
    const options = { dataDir, port, password: 'for-this-test-only', log: () => {}, disposable: true };
    const postgres = localPostgres(kind, options);
    await postgres.start();
    const bridge = await NeonBridge.start({ databaseUrl: postgres.url, port: port + 1 });
    await migrate(postgres.url);
    return new TestDatabase(dataDir, postgres, bridge);
  }

  async rows<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.#pool.query<R>(text, values)).rows;
  }

  async close(): Promise<void> {
    await this.#pool.end();
    await this.#bridge.close();
    await this.#postgres.stop();
    this.#postgres.removeData();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
