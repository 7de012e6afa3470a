import { randomUUID } from 'node:crypto';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase } from '../../apps/edge-control/test/integration/database.ts';
import { LOCAL_POSTGRES_KINDS } from '../../scripts/stack/local-postgres.ts';
import { migrate } from '../../scripts/stack/migrate.ts';
import * as schema from './index.ts';

describe.each(LOCAL_POSTGRES_KINDS)('the migrations, on %s PostgreSQL', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.start(kind);
  });
  afterAll(() => database?.close());

  const say = (sentAt: string) =>
    database.rows<{ partition: string }>(
      `insert into chat_messages
         (meeting_session_id, message_id, sent_at, meeting_id, sender_id, sender_name, content, outbox_seq)
       values ($1, $1, $2, $1, $1, 'Ann', 'hi', 1)
       returning tableoid::regclass::text as partition`,
      [randomUUID(), sentAt],
    );
  const ensure = async (months: number) =>
    (await database.rows<{ made: number }>('select ensure_chat_partitions($1) as made', [months]))[0]?.made;
  const monthsFromNow = (months: number) => {
    const date = new Date();
    return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 15)).toISOString();
  };

  it('make what the schema says', async () => {
    for (const table of Object.values(schema).filter((value) => is(value, PgTable))) {
      const columns = await database.rows<{ column_name: string }>(
        'select column_name from information_schema.columns where table_name = $1',
        [getTableName(table)],
      );
      const expected = Object.values(getTableColumns(table)).map(({ name }) => name);
      expect(columns.map(({ column_name }) => column_name).sort(), getTableName(table)).toEqual(
        expected.sort(),
      );
    }
  });

  it('can be run again', async () => {
    await migrate(database.env.DATABASE_URL);
  });

  it('take chat of any time, and of the coming months in their partitions', async () => {
    const month = new Date().toISOString().slice(0, 7).replace('-', '_');
    expect(await say(new Date().toISOString())).toEqual([{ partition: `chat_messages_${month}` }]);
    for (const far of ['1999-01-01', '2999-12-31']) {
      expect(await say(far)).toEqual([{ partition: 'chat_messages_default' }]);
    }
  });

  it('move what is there already into a partition that is made later', async () => {
    const sentAt = monthsFromNow(6);
    expect(await say(sentAt)).toEqual([{ partition: 'chat_messages_default' }]);
    expect(await ensure(6)).toBe(3);
    const [row] = await database.rows(
      'select tableoid::regclass::text as partition from chat_messages where sent_at = $1',
      [sentAt],
    );
    expect(row?.partition).not.toBe('chat_messages_default');
    expect(await say(sentAt)).toEqual([row]);
    expect(await ensure(6)).toBe(0);
    await expect(ensure(1_000)).rejects.toThrow('between 0 and 24');
  });

  it('let partitions be made by many at once while chat goes on', async () => {
    const talk = () => Array.from({ length: 50 }, (_, i) => say(monthsFromNow(7 + (i % 4))));
    const before = talk();
    const ensured = [ensure(10), ensure(10)];
    await Promise.all([...before, ...talk(), ...ensured]);
    expect((await Promise.all(ensured)).sort()).toEqual([0, 4]);
    const [counted] = await database.rows<{ n: string }>(
      'select count(*) as n from chat_messages where sent_at > $1',
      [monthsFromNow(6)],
    );
    expect(Number(counted?.n)).toBeGreaterThanOrEqual(100);
  });

  it('keep a code for one meeting only', async () => {
    const insert = () =>
      database.rows(
        `insert into meetings (id, code, title, type, duration_minutes, host_key_hash, settings)
         values ($1, '123-4567-8901', 'x', 'instant', 60, 'x', '{}')`,
        [randomUUID()],
      );
    await insert();
    await expect(insert()).rejects.toMatchObject({ code: '23505', constraint: 'meetings_code_unique' });
  });
});
