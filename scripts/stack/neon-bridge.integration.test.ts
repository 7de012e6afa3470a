import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { neon, neonConfig, Pool } from '@neondatabase/serverless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LOCAL_POSTGRES_KINDS, localPostgres } from './local-postgres.ts';
import { NeonBridge } from './neon-bridge.ts';
import { freePorts } from './ports.ts';
import type { PostgresServer } from './postgres-server.ts';

describe.each(LOCAL_POSTGRES_KINDS)('the Neon bridge, in front of %s PostgreSQL', (kind) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-bridge-'));
  let postgres: PostgresServer;
  let bridge: NeonBridge;
  let pool: Pool;

  beforeAll(async () => {
    const first = await freePorts(2);
    postgres = localPostgres(kind, {
      dataDir,
      port: first,
      password: 'for-this-test-only',
      log: () => {},
      disposable: true,
    });
    await postgres.start();
    bridge = await NeonBridge.start({ databaseUrl: postgres.url, port: first + 1 });
    // As the Worker does it.
    neonConfig.webSocketConstructor = WebSocket;
    neonConfig.fetchEndpoint = () => `http://${bridge.address}/sql`;
    neonConfig.wsProxy = () => `${bridge.address}/v2`;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineConnect = false;
    neonConfig.pipelineTLS = false;
    pool = new Pool({ connectionString: postgres.url });
    pool.on('error', () => {});
    await pool.query('create table people (id serial primary key, name text unique, born date, tags text[])');
  });
  afterAll(async () => {
    await pool?.end();
    await bridge?.close();
    await postgres?.stop();
    postgres?.removeData();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('tunnels sessions: transactions, parameters, types', async () => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into people (name, tags) values ($1, $2)', ['Ada', ['host', 'it’s']]);
      await client.query('rollback');
    } finally {
      client.release();
    }
    expect((await pool.query('select * from people')).rows).toEqual([]);
    await pool.query('insert into people (name, tags) values ($1, $2)', ['Ada', ['host', 'it’s']]);
    const { rows } = await pool.query('select name, tags, count(*) over () as n from people');
    expect(rows).toEqual([{ name: 'Ada', tags: ['host', 'it’s'], n: '1' }]);
  });

  it('carries many sessions at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => pool.query('select $1::int as i, pg_sleep(0.01)', [i])),
    );
    expect(answers.map((answer) => answer.rows[0].i)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('answers single queries over HTTP, as objects or arrays', async () => {
    const sql = neon(postgres.url);
    expect(await sql`select 1::int as one, null as nothing, ${'x'}::text as text`).toEqual([
      { one: 1, nothing: null, text: 'x' },
    ]);
    const rows = neon(postgres.url, { arrayMode: true, fullResults: true });
    const result = await rows`select 1::int as one, true as yes`;
    expect(result.rows).toEqual([[1, true]]);
    expect(result.fields.map((field) => field.name)).toEqual(['one', 'yes']);
  });

  it('runs batches in one transaction', async () => {
    const sql = neon(postgres.url);
    const batch = sql.transaction([
      sql`insert into people (name) values ('Ben')`,
      sql`insert into people (name) values ('Ben')`,
    ]);
    await expect(batch).rejects.toMatchObject({ code: '23505', constraint: 'people_name_key' });
    expect(await sql`select 1 from people where name = 'Ben'`).toEqual([]);
    const level = await sql.transaction([sql`select current_setting('transaction_isolation') as level`], {
      isolationLevel: 'Serializable',
      readOnly: true,
    });
    expect(level).toEqual([[{ level: 'serializable' }]]);
  });

  it('passes errors on, and goes on working', async () => {
    const sql = neon(postgres.url);
    await expect(sql`select * from nowhere`).rejects.toMatchObject({ code: '42P01' });
    await expect(pool.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('lets nobody in without the password', async () => {
    const stranger = new URL(postgres.url);
    stranger.password = 'guess';
    await expect(neon(stranger.href)`select 1`).rejects.toMatchObject({ code: '28P01' });
  });

  it('always leads to its own database, whatever address is asked for', async () => {
    const elsewhere = new URL(postgres.url);
    elsewhere.host = 'database.invalid:1';
    expect(await neon(elsewhere.href)`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it('survives that the database ends the session of a batch', async () => {
    const sql = neon(postgres.url);
    const batch = sql.transaction([sql`select pg_terminate_backend(pg_backend_pid())`, sql`select 1`]);
    await expect(batch).rejects.toThrow();
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it('survives a restart of the database', async () => {
    await postgres.stop();
    await expect(neon(postgres.url)`select 1`).rejects.toThrow();
    await expect(pool.query('select 1')).rejects.toThrow();
    await postgres.start();
    expect(await neon(postgres.url)`select 1 as one`).toEqual([{ one: 1 }]);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
