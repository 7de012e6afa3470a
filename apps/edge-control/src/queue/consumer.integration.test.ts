import { randomUUID } from 'node:crypto';
import { MeetingSettings } from '@meridian/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_POSTGRES_KINDS } from '../../../../scripts/stack/local-postgres.ts';
import { TestDatabase } from '../../test/integration/database.ts';
import { newMeetingId } from '../storage/meeting-id.ts';
import { insertMeeting, selectMeeting } from '../storage/meetings.ts';
import type { StoredMeeting } from '../storage/stored-meeting.ts';
import { type ConsumerEnv, consume } from './consumer.ts';
import type { DeadLetter, OutboxBatch, OutboxRecord } from './contract.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);
const settings = MeetingSettings.parse({});

/** Postgres is real; the bindings around it record what they are told. */
class Bindings {
  readonly confirmed: [string, number][] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly cached = new Map<string, string>();

  env(database: TestDatabase): ConsumerEnv {
    const room = {
      confirmOutbox: async (session: string, upTo: number) => void this.confirmed.push([session, upTo]),
    };
    return {
      ...database.env,
      ROOMS: { idFromName: (name: string) => name, get: () => room },
      DEAD_LETTERS: { send: async (letter: DeadLetter) => void this.deadLetters.push(letter) },
      MEETING_CACHE: {
        get: async (key: string) => this.cached.get(key) ?? null,
        put: async (key: string, value: string) => void this.cached.set(key, value),
      },
    } as never;
  }
}

/** Messages as the queue delivers them, with what became of them. */
function deliver(bodies: unknown[], attempts = 1) {
  const outcomes: string[] = bodies.map(() => 'nothing');
  const messages = bodies.map((body, i) => ({
    body,
    attempts,
    ack: () => {
      outcomes[i] = 'ack';
    },
    retry: () => {
      outcomes[i] = 'retry';
    },
  }));
  return { batch: { queue: 'meridian-outbox', messages } as never, outcomes };
}

describe.each(LOCAL_POSTGRES_KINDS)('the consumer of the outbox, on %s PostgreSQL', (kind) => {
  let database: TestDatabase;
  let bindings: Bindings;
  let meeting: StoredMeeting;
  let session: string;

  beforeAll(async () => {
    database = await TestDatabase.start(kind);
  });
  afterAll(() => database?.close());
  beforeEach(async () => {
    bindings = new Bindings();
    session = randomUUID();
    meeting = await insertMeeting(
      database.env,
      {
        id: newMeetingId('none', Date.now(), random),
        owner_id: null,
        title: 'Weekly',
        type: 'scheduled',
        status: 'scheduled',
        scheduled_start: '2030-01-01T08:00:00.000Z',
        time_zone: 'Europe/Amsterdam',
        duration: 45,
        settings,
        password_hash: 'p',
        host_key_hash: 'h',
        created_at: '2026-01-01T00:00:00.000Z',
      },
      random,
    );
  });

  const batch = (...records: [number, unknown][]): OutboxBatch => ({
    meeting_id: meeting.id,
    meeting_session_id: session,
    records: records.map(([seq, record]) => ({ seq, record: record as OutboxRecord })),
  });
  const ran = (status: 'active' | 'ended', ended_by_host?: boolean): OutboxRecord => ({
    kind: 'meeting_session',
    status,
    started_at: 1_000_000,
    ended_at: status === 'ended' ? 2_000_000 : null,
    settings,
    ...(ended_by_host === undefined ? {} : { ended_by_host }),
  });
  const ann = randomUUID();
  const present = (left_at: number | null, display_name = 'Ann'): OutboxRecord => ({
    kind: 'participant',
    participant_id: ann,
    user_id: null,
    display_name,
    role: 'host',
    joined_at: 1_000_000,
    left_at,
    node_id: 'eu-1',
    region: 'eu',
  });
  const said = (message_id: string, text: string): OutboxRecord => ({
    kind: 'chat',
    message_id,
    sender_id: ann,
    sender_name: 'Ann',
    recipient_id: null,
    text,
    sent_at: 1_500_000,
  });
  async function consumed(bodies: unknown[], attempts = 1): Promise<string[]> {
    const { batch: queued, outcomes } = deliver(bodies, attempts);
    await consume(queued, bindings.env(database));
    return outcomes;
  }
  const table = (name: string) =>
    database.rows(`select * from ${name} where meeting_id = $1 order by outbox_seq`, [meeting.id]);
  const status = async () => (await selectMeeting(database.env, meeting.id))?.status;

  it('reads back what it has stored', async () => {
    expect(await selectMeeting(database.env, meeting.id)).toEqual(meeting);
    expect(await selectMeeting(database.env, meeting.code)).toEqual(meeting);
    expect(await selectMeeting(database.env, randomUUID())).toBeNull();
  });

  it('writes rows, confirms them and follows the meeting from its beginning to its end', async () => {
    bindings.cached.set(`meeting:${meeting.id}`, JSON.stringify(meeting));
    const message = randomUUID();
    expect(await consumed([batch([1, ran('active')], [2, present(null)], [3, said(message, 'hi')])])).toEqual(
      ['ack'],
    );
    expect(bindings.confirmed).toEqual([[session, 3]]);
    expect(await table('chat_messages')).toMatchObject([{ message_id: message, content: 'hi' }]);
    expect(await status()).toBe('active');
    expect(JSON.parse(bindings.cached.get(`meeting:${meeting.id}`) ?? '{}')).toMatchObject({
      status: 'active',
    });
    await consumed([batch([4, present(1_060_000)], [5, ran('ended')])]);
    expect(await table('meeting_participants')).toMatchObject([{ duration_seconds: 60 }]);
    const [row] = await database.rows('select * from meetings where id = $1', [meeting.id]);
    expect(row).toMatchObject({
      status: 'ended',
      actual_start: new Date(1_000_000),
      actual_end: new Date(2_000_000),
    });
  });

  it('can hold a meeting again that everybody has merely left', async () => {
    await consumed([batch([1, ran('active')], [2, ran('ended', false)])]);
    expect(await status()).toBe('scheduled');
  });

  it('is not confused by repetition and disorder: the newest wins', async () => {
    const message = randomUUID();
    const first = batch([1, ran('active')], [2, present(null, 'Ann')], [3, said(message, 'hi')]);
    const second = batch([4, present(1_060_000, 'Anna')], [5, ran('ended')]);
    const outcomes = await consumed([second, first, second, first]);
    expect(outcomes).toEqual(['ack', 'ack', 'ack', 'ack']);
    await consumed([first]);
    expect(await table('meeting_participants')).toMatchObject([{ display_name: 'Anna', outbox_seq: '4' }]);
    expect(await table('meeting_sessions')).toMatchObject([{ status: 'ended', outbox_seq: '5' }]);
    expect(await table('chat_messages')).toHaveLength(1);
    expect(await status()).toBe('ended');
  });

  it('does not let the bad hold up the good', async () => {
    const [message, other] = [randomUUID(), randomUUID()];
    const rows = batch([1, ran('active')], [2, said(other, 'x')]);
    const orphan = { ...rows, meeting_id: randomUUID(), meeting_session_id: randomUUID() };
    const tooLong = { ...said(other, 'y'), sender_name: 'x'.repeat(101) };
    const outcomes = await consumed([
      'nonsense',
      batch([1, ran('active')], [2, { kind: 'chat' }], [3, tooLong], [4, said(message, 'good')]),
      orphan,
    ]);
    expect(outcomes).toEqual(['ack', 'ack', 'ack']);
    expect(await table('chat_messages')).toMatchObject([{ message_id: message, content: 'good' }]);
    expect(bindings.confirmed).toEqual([
      [session, 4],
      [orphan.meeting_session_id, 2],
    ]);
    expect(bindings.deadLetters).toMatchObject([
      { reason: 'not an outbox batch', message: 'nonsense' },
      { message: { records: [{ seq: 2, record: { kind: 'chat' } }] } },
      { reason: 'SQLSTATE 22001', message: { records: [{ seq: 3 }] } },
      { reason: 'SQLSTATE 23503', message: { meeting_id: orphan.meeting_id, records: [{ seq: 1 }] } },
    ]);
  });

  it('stores text that Postgres would refuse', async () => {
    expect(await consumed([batch([1, said(randomUUID(), 'a\0b\ud800')])])).toEqual(['ack']);
    expect(await table('chat_messages')).toMatchObject([{ content: 'a\uFFFDb\uFFFD' }]);
  });

  it('takes hundreds of rows at once', async () => {
    const records = Array.from({ length: 2_500 }, (_, i): [number, OutboxRecord] => [
      i + 1,
      said(randomUUID(), `${i}`),
    ]);
    expect(await consumed([batch(...records)])).toEqual(['ack']);
    expect(await table('chat_messages')).toHaveLength(2_500);
  });

  it('tries again later when the database does not answer, and confirms nothing', async () => {
    const { batch: queued, outcomes } = deliver([batch([1, ran('active')]), batch([2, present(null)])], 9);
    await consume(queued, { ...bindings.env(database), NEON_LOCAL: '127.0.0.1:9' });
    expect(outcomes).toEqual(['retry', 'retry']);
    expect(bindings.confirmed).toEqual([]);
    // The driver's settings are the process's: back to the database that is there.
    expect(await consumed([batch([1, ran('active')])])).toEqual(['ack']);
  });
});
