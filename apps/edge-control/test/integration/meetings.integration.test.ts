import { randomBytes, randomUUID } from 'node:crypto';
import { MeetingSettings } from '@meridian/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_POSTGRES_KINDS } from '../../../../scripts/stack/local-postgres.ts';
import { rowsOf } from '../../src/queue/rows.ts';
import { writeRows } from '../../src/queue/write-rows.ts';
import { type ChatReader, chatBefore } from '../../src/storage/chat.ts';
import { newMeetingId } from '../../src/storage/meeting-id.ts';
import {
  closeMeeting,
  insertMeeting,
  listMeetings,
  type MeetingFilter,
  positionOf,
  selectMeeting,
  updateMeeting,
} from '../../src/storage/meetings.ts';
import type { Position } from '../../src/storage/position.ts';
import type { StoredMeeting } from '../../src/storage/stored-meeting.ts';
import { TestDatabase } from './database.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const HOUR = 3_600_000;
const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();
const random = (bytes: Uint8Array) => {
  bytes.set(randomBytes(bytes.length));
  return bytes;
};

describe.each(LOCAL_POSTGRES_KINDS)('meetings, on %s PostgreSQL', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.start(kind);
  });
  afterAll(() => database?.close());

  async function user(): Promise<string> {
    const id = randomUUID();
    await database.rows(`insert into users (id, name) values ($1, 'Ann')`, [id]);
    return id;
  }

  function meeting(owner_id: string | null, more: Partial<StoredMeeting> = {}): Promise<StoredMeeting> {
    return insertMeeting(
      database.env,
      {
        id: newMeetingId('none', NOW, random),
        owner_id,
        title: 'Weekly',
        type: 'scheduled',
        status: 'scheduled',
        scheduled_start: at(1),
        time_zone: 'UTC',
        duration: 45,
        settings: MeetingSettings.parse({}),
        password_hash: null,
        host_key_hash: 'a hash',
        created_at: at(0),
        ...more,
      },
      random,
    );
  }

  describe('a user’s list', () => {
    const list = (
      filter: Partial<MeetingFilter> & { ownerId: string },
      after: Position | null = null,
      limit = 100,
    ) => listMeetings(database.env, { order: 'asc', ...filter }, after, limit);
    const ids = (meetings: readonly StoredMeeting[]) => meetings.map(({ id }) => id);

    it('is in the order of time: the start, or the creation where there is none', async () => {
      const ownerId = await user();
      const later = await meeting(ownerId, { scheduled_start: at(5) });
      const instant = await meeting(ownerId, { type: 'instant', scheduled_start: null, created_at: at(2) });
      const sooner = await meeting(ownerId, { scheduled_start: at(1) });
      await meeting(await user());
      await meeting(null);
      expect(ids(await list({ ownerId }))).toEqual(ids([sooner, instant, later]));
      expect(ids(await list({ ownerId, order: 'desc' }))).toEqual(ids([later, instant, sooner]));
      expect((await list({ ownerId }))[0]).toEqual(sooner);
    });

    it('can be narrowed: from one moment on, before another, by status', async () => {
      const ownerId = await user();
      const [first, second, third] = [
        await meeting(ownerId, { scheduled_start: at(1) }),
        await meeting(ownerId, { scheduled_start: at(2), status: 'active' }),
        await meeting(ownerId, { scheduled_start: at(3) }),
      ];
      expect(ids(await list({ ownerId, from: at(2) }))).toEqual(ids([second, third]));
      expect(ids(await list({ ownerId, to: at(2) }))).toEqual(ids([first]));
      expect(ids(await list({ ownerId, from: '2027-01-01T03:00:00+01:00', to: at(3) }))).toEqual(
        ids([second]),
      );
      expect(ids(await list({ ownerId, status: 'active' }))).toEqual(ids([second]));
      expect(ids(await list({ ownerId, status: 'ended' }))).toEqual([]);
    });

    it.each(['asc', 'desc'] as const)('comes in pages that nothing new disturbs (%s)', async (order) => {
      const ownerId = await user();
      // Many at the same moment: there the id decides.
      for (let i = 0; i < 23; i++) await meeting(ownerId, { scheduled_start: at(i % 4) });
      const before = ids(await list({ ownerId, order }));
      expect(new Set(before).size).toBe(23);
      const seen: string[] = [];
      for (let after: Position | null = null, round = 0; ; round++) {
        const page: StoredMeeting[] = await list({ ownerId, order }, after, 5);
        const last = page.at(-1);
        if (!last) break;
        seen.push(...ids(page));
        after = positionOf(last);
        await meeting(ownerId, { scheduled_start: at(round % 4) });
      }
      // Each once, in order, among what came in behind the reader.
      expect(seen.filter((id) => before.includes(id))).toEqual(before);
      expect(new Set(seen).size).toBe(seen.length);
    });
  });

  describe('changes', () => {
    const fields = (one: StoredMeeting, more: Partial<StoredMeeting>) => ({ ...one, ...more });

    it('raise the version, and fail on one that is not the latest', async () => {
      const before = await meeting(await user());
      const changed = await updateMeeting(
        database.env,
        before,
        fields(before, { title: 'Monthly' }),
        NOW + HOUR,
      );
      expect(changed).toEqual({ ...before, title: 'Monthly', version: 2, updated_at: at(1) });
      expect(await selectMeeting(database.env, before.id)).toEqual(changed);
      expect(await updateMeeting(database.env, before, fields(before, { title: 'Daily' }), NOW)).toBeNull();
      expect((await selectMeeting(database.env, before.id))?.title).toBe('Monthly');
    });

    it('at the same time: one of them holds', async () => {
      const before = await meeting(await user());
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map((title) =>
          updateMeeting(database.env, before, fields(before, { title }), NOW),
        ),
      );
      expect(results.filter((result) => result !== null)).toHaveLength(1);
      expect((await selectMeeting(database.env, before.id))?.version).toBe(2);
    });

    it('leave the status alone, which follows what happens', async () => {
      const before = await meeting(await user());
      await database.rows(`update meetings set status = 'active' where id = $1`, [before.id]);
      const changed = await updateMeeting(database.env, before, fields(before, { title: 'x' }), NOW);
      expect(changed?.status).toBe('active');
    });
  });

  describe('closing', () => {
    const ended = (meeting_id: string, ended_by_host: boolean, started_at = NOW) =>
      writeRows(
        database.env,
        rowsOf([
          {
            meeting_id,
            meeting_session_id: randomUUID(),
            records: [
              {
                seq: 1,
                record: {
                  kind: 'meeting_session',
                  status: 'ended',
                  started_at,
                  ended_at: started_at + 1,
                  settings: MeetingSettings.parse({}),
                  ended_by_host,
                },
              },
            ],
          },
        ]),
      );

    it('ends a meeting for good, once, whatever its session says afterwards', async () => {
      const before = await meeting(await user());
      const closed = await closeMeeting(database.env, before.id, undefined, NOW + HOUR);
      const expected = { ...before, status: 'ended', closed_at: at(1), updated_at: at(1), version: 2 };
      expect(closed).toEqual(expected);
      expect(await closeMeeting(database.env, before.id, undefined, NOW + 2 * HOUR)).toBeNull();
      expect(await updateMeeting(database.env, { ...before, version: 2 }, before, NOW)).toBeNull();
      expect(await ended(before.id, false)).toEqual([{ id: before.id, status: 'ended' }]);
    });

    it('wants one of the versions it is given', async () => {
      const before = await meeting(await user());
      expect(await closeMeeting(database.env, before.id, [2, 3], NOW)).toBeNull();
      expect(await closeMeeting(database.env, before.id, [], NOW)).toBeNull();
      expect((await closeMeeting(database.env, before.id, [3, 1], NOW))?.version).toBe(2);
    });

    it('a meeting that everybody has merely left is not closed', async () => {
      const before = await meeting(await user());
      expect(await ended(before.id, false)).toEqual([{ id: before.id, status: 'scheduled' }]);
      expect(await ended(before.id, true, NOW + HOUR)).toEqual([{ id: before.id, status: 'ended' }]);
    });
  });

  describe('the chat', () => {
    /** Two sessions of a meeting: Ann, who owns it, and Ben were in the first, Cho and Ann in the second. */
    async function history() {
      const owner = await user();
      const { id } = await meeting(owner);
      const [ann, ben, cho, again] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const [first, second] = [randomUUID(), randomUUID()];
      const stay = (session: string, who: string, userId: string | null, leftAt: number | null) =>
        database.rows(
          `insert into meeting_participants
             (participant_id, meeting_session_id, meeting_id, user_id, display_name, role, joined_at, left_at, node_id, region, outbox_seq)
           values ($1, $2, $3, $4, 'x', 'participant', $5, $6, 'n', 'r', 1)`,
          [who, session, id, userId, at(0), leftAt === null ? null : at(leftAt)],
        );
      await stay(first, ann, owner, 10);
      await stay(first, ben, null, 3);
      await stay(second, cho, null, null);
      await stay(second, again, owner, null);
      const say = (session: string, hours: number, sender: string, content: string, recipient?: string) =>
        database.rows(
          `insert into chat_messages
             (meeting_session_id, message_id, sent_at, meeting_id, sender_id, sender_name, recipient_id, content, outbox_seq)
           values ($1, $2, $3, $4, $5, 'x', $6, $7, 1)`,
          [session, randomUUID(), at(hours), id, sender, recipient ?? null, content],
        );
      await say(first, 1, ann, 'to all');
      await say(first, 2, ben, 'to ann', ann);
      await say(first, 2.5, ben, 'to dan', randomUUID());
      await say(first, 3, ann, 'bye ben');
      await say(first, 4, ann, 'without ben');
      await say(second, 20, cho, 'again');
      await say(second, 21, cho, 'to nobody you know', randomUUID());
      await say(second, 22, again, 'to cho', cho);
      return { id, owner, ann, ben, cho };
    }
    const texts = async (id: string, reader: ChatReader) =>
      (await chatBefore(database.env, id, reader, null, 100)).map(({ text }) => text).reverse();

    it('is, for a participant, what was theirs to see', async () => {
      const { id, ann, ben, cho } = await history();
      const seenBy = (participantId: string) => texts(id, { kind: 'participant', participantId });
      expect(await seenBy(ann)).toEqual(['to all', 'to ann', 'bye ben', 'without ben']);
      expect(await seenBy(ben)).toEqual(['to all', 'to ann', 'to dan', 'bye ben']);
      expect(await seenBy(cho)).toEqual(['again', 'to nobody you know', 'to cho']);
      expect(await seenBy(randomUUID())).toEqual([]);
      // A ticket is good for its meeting.
      expect(await texts(randomUUID(), { kind: 'participant', participantId: ann })).toEqual([]);
    });

    it('is, for the owner, what was said to all and what they wrote or were written', async () => {
      const { id, owner } = await history();
      const open = ['to all', 'bye ben', 'without ben', 'again'];
      expect(await texts(id, { kind: 'owner', userId: null })).toEqual(open);
      expect(await texts(id, { kind: 'owner', userId: await user() })).toEqual(open);
      expect(await texts(id, { kind: 'owner', userId: owner })).toEqual([
        'to all',
        'to ann',
        'bye ben',
        'without ben',
        'again',
        'to cho',
      ]);
    });

    it('comes in pages, also where messages share a millisecond', async () => {
      const owner = await user();
      const { id } = await meeting(owner);
      const session = randomUUID();
      for (let i = 0; i < 11; i++) {
        await database.rows(
          `insert into chat_messages
             (meeting_session_id, message_id, sent_at, meeting_id, sender_id, sender_name, content, outbox_seq)
           values ($1, $2, $3, $4, $2, 'x', $5, 1)`,
          [session, randomUUID(), at(Math.floor(i / 4)), id, String(i)],
        );
      }
      const seen: string[] = [];
      for (let before: Position | null = null; ; ) {
        const page = await chatBefore(database.env, id, { kind: 'owner', userId: owner }, before, 3);
        const last = page.at(-1);
        if (!last) break;
        seen.push(...page.map(({ text }) => text));
        before = { at: last.sent_at, id: last.message_id };
      }
      expect(seen).toHaveLength(11);
      expect(new Set(seen).size).toBe(11);
      expect(seen.map((text) => Math.floor(Number(text) / 4))).toEqual([2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0]);
    });
  });
});
