import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import pg from 'pg';
import { z } from 'zod';

/** Neon's HTTP interface: queries in, rows as text out. Clients parse the text by the types of the fields. */

export type Answer = { readonly status: number; readonly body: unknown };

const Query = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const Body = z.union([z.object({ queries: z.array(Query) }), Query]);
type Query = z.infer<typeof Query>;

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

/** What of a database error a client may look at. */
const ERROR_FIELDS = [
  'message',
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const CONNECTIONS_PER_USER = 8;

export class NeonHttp {
  readonly #database: URL;
  readonly #pools = new Map<string, pg.Pool>();

  constructor(database: URL) {
    this.#database = database;
  }

  async handle(request: IncomingMessage): Promise<Answer> {
    try {
      const body = Body.parse(JSON.parse(await readBody(request)));
      const pool = this.#poolFor(request.headers);
      const asArrays = request.headers['neon-array-mode'] === 'true';
      if (!('queries' in body)) return { status: 200, body: await run(pool, body, asArrays) };
      return {
        status: 200,
        body: { results: await this.#batch(pool, body.queries, request.headers, asArrays) },
      };
    } catch (error) {
      return failure(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  async #batch(pool: pg.Pool, queries: Query[], headers: IncomingHttpHeaders, asArrays: boolean) {
    const client = await pool.connect();
    // The pool listens only while it is idle; without a listener a connection that breaks would end us.
    let broken: Error | undefined;
    const broke = (error: Error) => {
      broken = error;
    };
    client.on('error', broke);
    try {
      const level = ISOLATION_LEVELS[String(headers['neon-batch-isolation-level'])] ?? 'READ COMMITTED';
      const access = headers['neon-batch-read-only'] === 'true' ? 'READ ONLY' : 'READ WRITE';
      const deferrable = headers['neon-batch-deferrable'] === 'true' ? 'DEFERRABLE' : 'NOT DEFERRABLE';
      await client.query(`BEGIN ISOLATION LEVEL ${level} ${access} ${deferrable}`);
      const results = [];
      for (const query of queries) results.push(await run(client, query, asArrays));
      await client.query('COMMIT');
      return results;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.off('error', broke);
      client.release(broken);
    }
  }

  /** The user, password and database that the client names, but always our server. */
  #poolFor(headers: IncomingHttpHeaders): pg.Pool {
    const url = new URL(String(headers['neon-connection-string']));
    url.protocol = 'postgres:';
    url.host = this.#database.host;
    url.search = this.#database.search;
    const known = this.#pools.get(url.href);
    if (known) return known;
    const pool = new pg.Pool({
      connectionString: url.href,
      max: CONNECTIONS_PER_USER,
      types: { getTypeParser: () => (text: string) => text },
    });
    // A connection that breaks while idle is replaced when it is wanted; without a listener it would end us.
    pool.on('error', () => {});
    this.#pools.set(url.href, pool);
    return pool;
  }
}

async function run(client: pg.Pool | pg.PoolClient, { query, params }: Query, asArrays: boolean) {
  const result = await client.query<unknown[]>({ text: query, values: params, rowMode: 'array' });
  const names = result.fields.map((field) => field.name);
  return {
    command: result.command,
    rowCount: result.rowCount,
    rowAsArray: asArrays,
    fields: result.fields.map((field) => ({ ...field, format: 'text' })),
    rows: asArrays
      ? result.rows
      : result.rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function failure(error: unknown): Answer {
  if (!(error instanceof Error)) return { status: 500, body: { message: String(error) } };
  const body = Object.fromEntries(ERROR_FIELDS.map((field) => [field, Reflect.get(error, field)]));
  // A database error has a code of five characters; connection errors have names like ECONNREFUSED.
  const fromDatabase = /^[0-9A-Z]{5}$/.test(String(body.code));
  return { status: fromDatabase ? 400 : 500, body };
}
