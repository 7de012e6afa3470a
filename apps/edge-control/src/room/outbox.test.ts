import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutboxBatch } from '../queue/contract.ts';
import { ROOM } from './config.ts';
import { Database } from './database.ts';
import { Outbox, resendDelay } from './outbox.ts';
import { elapse, fakeClock, realClock, rows, timersOf } from './testing/clock.ts';
import { newRoom, type Room } from './testing/fixtures.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(realClock);

type Row = {
  meeting_session_id: string;
  seq: number;
  body: string;
  sent_at: number | null;
  attempts: number;
};
const outboxRows = (room: Room) => rows<Row>(room, 'select * from outbox order by seq');
const withOutbox = <T>(room: Room, work: (outbox: Outbox) => T) =>
  runInDurableObject(room, (_, ctx) => {
    const db = new Database(ctx.storage);
    db.open();
    return work(new Outbox(db));
  });

describe('the outbox', () => {
  it('has what happened, with the change that made it', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting, { display_name: 'Ada' });
    await ada.ask({ type: 'chat', text: 'hello', client_id: crypto.randomUUID() });
    await ada.ask({ type: 'leave' });
    const records = (await outboxRows(room)).map(({ body }) => JSON.parse(body));
    expect(records).toMatchObject([
      { kind: 'meeting_session', status: 'active', ended_at: null },
      { kind: 'participant', display_name: 'Ada', left_at: null, node_id: 'amsterdam', region: 'eu-west' },
      { kind: 'chat', text: 'hello', recipient_id: null },
      { kind: 'participant', left_at: expect.any(Number) },
    ]);
    const [batch] = await withOutbox(room, (outbox) => outbox.due(Date.now() + ROOM.outbox.resendMaxMs));
    expect(OutboxBatch.parse(batch)).toMatchObject({ meeting_id: meeting.id });
    expect(batch?.records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('keeps rows until they are confirmed, and only what was sent', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    await elapse(room, ROOM.outbox.flushAfterMs);
    const sent = await outboxRows(room);
    expect(sent.map(({ seq, attempts }) => [seq, attempts])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await ada.ask({ type: 'chat', text: 'later', client_id: crypto.randomUUID() });
    const id = sent[0]?.meeting_session_id ?? '';
    await room.confirmOutbox(crypto.randomUUID(), 10);
    expect(await outboxRows(room)).toHaveLength(3);
    await room.confirmOutbox(id, 1_000);
    expect((await outboxRows(room)).map(({ seq, sent_at }) => [seq, sent_at])).toEqual([[3, null]]);
    await elapse(room, ROOM.outbox.flushAfterMs);
    await room.confirmOutbox(id, 3);
    expect(await outboxRows(room)).toEqual([]);
    expect((await timersOf(room)).map(({ kind }) => kind)).not.toContain('outbox');
  });

  it('sends again what is not confirmed, ever more rarely, from the oldest row on', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    await elapse(room, ROOM.outbox.flushAfterMs);
    await ada.ask({ type: 'chat', text: 'later', client_id: crypto.randomUUID() });
    await elapse(room, ROOM.outbox.resendAfterMs - 1_000);
    expect((await outboxRows(room)).map(({ attempts }) => attempts)).toEqual([1, 1, 0]);
    await elapse(room, 2_000);
    expect((await outboxRows(room)).map(({ attempts }) => attempts)).toEqual([2, 2, 1]);
    await elapse(room, 3_600_000);
    const attempts = (await outboxRows(room))[0]?.attempts ?? 0;
    expect(attempts).toBeGreaterThan(10);
    expect(attempts).toBeLessThan(3_600_000 / ROOM.outbox.resendMaxMs + 10);
    expect([1, 2, 3, 50].map(resendDelay)).toEqual([15_000, 30_000, 60_000, 300_000]);
  });

  it('keeps batches within what the queue takes', async () => {
    const { room, meeting } = newRoom();
    await TestClient.join(room, meeting);
    const session = { meeting_id: meeting.id, meeting_session_id: crypto.randomUUID() };
    const chat = {
      kind: 'chat',
      message_id: crypto.randomUUID(),
      sender_id: crypto.randomUUID(),
      sender_name: 'Ada',
      recipient_id: null,
      text: '漢'.repeat(4_000),
      sent_at: 1,
    } as const;
    const sizes = await withOutbox(room, (outbox) => {
      for (let seq = 1; seq <= 20; seq += 1) outbox.append({ ...session, seq }, chat);
      const found: number[] = [];
      while (!outbox.isDrained(session.meeting_session_id)) {
        const batch = outbox.due(1).find((one) => one.meeting_session_id === session.meeting_session_id);
        if (!batch) throw new Error('nothing due');
        expect(new TextEncoder().encode(JSON.stringify(batch)).byteLength).toBeLessThan(128_000);
        outbox.markSent(batch, 1);
        // One batch of a session at a time: a confirmation says "up to".
        expect(outbox.due(2).some((one) => one.meeting_session_id === session.meeting_session_id)).toBe(
          false,
        );
        found.push(batch.records.length);
        outbox.confirm(session.meeting_session_id, batch.records.at(-1)?.seq ?? 0);
      }
      return found;
    });
    expect(sizes.reduce((a, b) => a + b)).toBe(20);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  });
});
