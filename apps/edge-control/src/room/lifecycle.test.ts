import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import type { Session } from './session.ts';
import { alarmOf, elapse, fakeClock, realClock, rows, timersOf } from './testing/clock.ts';
import { admitted, endByOwner, joinRequest, newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(() => {
  fakeClock();
  spareNodes();
});
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

async function session(room: Room): Promise<Session | undefined> {
  const [row] = await rows<{ body: string }>(room, 'select body from session');
  return row && JSON.parse(row.body);
}

async function confirmAll(room: Room): Promise<void> {
  await elapse(room, ROOM.outbox.flushAfterMs);
  for (const { id, seq } of await rows<{ id: string; seq: number }>(
    room,
    'select meeting_session_id as id, max(seq) as seq from outbox group by meeting_session_id',
  )) {
    await room.confirmOutbox(id, seq);
  }
}

describe('ending', () => {
  it('by the host tells and closes everybody, and the nodes', async () => {
    const { room, meeting } = newRoom();
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    const waiting = await TestClient.open(room, await admitted(room, meeting));
    const node = await TestNode.dial(room, nodeIn('amsterdam'));
    await node.desired();
    expect(await ada.ask({ type: 'end' })).toMatchObject({ code: 'forbidden' });
    expect(await host.ask({ type: 'end' })).toMatchObject({ type: 'meeting_ended', by: host.id });
    expect(await ada.event('meeting_ended')).toMatchObject({ by: host.id });
    for (const client of [host, ada, waiting]) expect(await client.reader.closing()).toBe(4410);

    const { room_epoch, version } = await node.desired((state) => state.ended);
    node.send(JSON.stringify({ v: 1, type: 'applied', room_epoch, version }));
    expect(await node.reader.closing()).toBe(4410);

    expect((await session(room))?.phase).toBe('ending');
    await confirmAll(room);
    expect((await session(room))?.phase).toBe('ended');
  });

  it('is final for a meeting its host ended', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    expect(await endByOwner(room)).toEqual({ ok: true, value: null });
    expect(await ada.event('meeting_ended')).toMatchObject({ by: null });
    expect(await room.join(joinRequest(meeting))).toMatchObject({ error: { code: 'meeting_ended' } });
    expect(await ada.resume()).toMatchObject({ code: 'meeting_ended' });
    expect(await ada.reader.closing()).toBe(4410);
    expect(await endByOwner(room)).toEqual({ ok: true, value: null });
    const other = newRoom();
    expect(await other.room.join(joinRequest({ ...other.meeting, status: 'ended' }))).toMatchObject({
      error: { code: 'meeting_ended' },
    });
    expect(await session(other.room)).toBeUndefined();
  });

  it('over RPC is for hosts', async () => {
    const { room, meeting } = newRoom();
    const host = await TestClient.join(room, meeting, { role: 'host' });
    const ada = await TestClient.join(room, meeting);
    const end = (caller: Caller) => room.command({ kind: 'participant', caller }, { type: 'end' });
    expect(await end(ada.caller)).toMatchObject({ error: { code: 'forbidden' } });
    expect(await end({ ...host.caller, session_id: crypto.randomUUID() })).toMatchObject({
      error: { code: 'session_expired' },
    });
    expect(await end(host.caller)).toMatchObject({ ok: true });
    expect(await end(host.caller)).toMatchObject({ error: { code: 'not_found' } });
    expect(await endByOwner(newRoom().room)).toMatchObject({ error: { code: 'not_found' } });
  });

  it('comes by itself when everybody is gone, and the meeting can be joined again', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const node = await TestNode.dial(room, nodeIn('amsterdam'));
    await ada.ask({ type: 'leave' });
    await elapse(room, ROOM.session.emptyGraceMs - 1_000);
    const first = await session(room);
    expect(first?.phase).toBe('active');
    await elapse(room, 2_000);
    expect((await session(room))?.phase).toBe('ending');
    const ended = await node.desired((state) => state.ended);

    const bob = await TestClient.join(room, meeting);
    const second = await session(room);
    expect(second?.meeting_session_id).not.toBe(first?.meeting_session_id);
    expect(second?.room_epoch).toBeGreaterThan(first?.room_epoch ?? 0);
    expect(bob.participants.size).toBe(1);
    const desired = await node.desired((state) => !state.ended && state.participants.length === 1);
    expect(desired.room_epoch).toBeGreaterThan(ended.room_epoch);
    // What Postgres does not have yet of the first session is still there.
    const ids = await rows<{ id: string }>(room, 'select distinct meeting_session_id as id from outbox');
    expect(ids.map(({ id }) => id)).toContain(first?.meeting_session_id);
  });

  it('keeps somebody who returns within the grace in the same session', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    const before = await session(room);
    await ada.ask({ type: 'leave' });
    await elapse(room, 30_000);
    await TestClient.join(room, meeting);
    await elapse(room, 120_000);
    expect((await session(room))?.meeting_session_id).toBe(before?.meeting_session_id);
    expect((await session(room))?.phase).toBe('active');
  });
});

describe('deletion', () => {
  const tables = (room: Room) =>
    runInDurableObject(room, (_, ctx) =>
      ctx.storage.sql.exec("select name from sqlite_master where name in ('session', 'outbox')").toArray(),
    );

  it('comes two hours after the end', async () => {
    const { room, meeting } = newRoom();
    await TestClient.join(room, meeting);
    await endByOwner(room);
    await confirmAll(room);
    await elapse(room, ROOM.session.deleteAfterMs - 10_000);
    expect(await tables(room)).not.toEqual([]);
    await elapse(room, 20_000);
    expect(await tables(room)).toEqual([]);
    expect(await runInDurableObject(room, (_, ctx) => ctx.storage.getAlarm())).toBeNull();
    // Who comes too late leaves nothing behind.
    await room.state({ kind: 'owner' });
    await room.confirmOutbox(crypto.randomUUID(), 5);
    expect(await tables(room)).toEqual([]);
    // The object can be used anew.
    await TestClient.join(room, meeting);
    await room.confirmOutbox(crypto.randomUUID(), 5);
  });

  it('is not needed where nobody has come', async () => {
    const { room, meeting } = newRoom();
    for (const ask of [
      () => room.state({ kind: 'owner' }),
      () => room.placement({ kind: 'operator' }),
      () => room.command({ kind: 'owner' }, { type: 'mute_all' }),
    ]) {
      expect(await ask()).toMatchObject({ error: { code: 'not_found' } });
    }
    await room.nodeRevoked('node-1');
    await room.recordChanged(meeting);
    expect(await tables(room)).toEqual([]);
    // Nor by a join that is refused.
    const refused = await room.join(joinRequest({ ...meeting, status: 'ended' }));
    expect(refused).toMatchObject({ error: { code: 'meeting_ended' } });
    expect(await tables(room)).toEqual([]);
    expect(await alarmOf(room)).toBeNull();
  });

  it('waits for Postgres, but not for ever', async () => {
    const { room, meeting } = newRoom();
    await TestClient.join(room, meeting);
    await endByOwner(room);
    await elapse(room, ROOM.session.deleteAfterMs + ROOM.session.deleteRetryMs + 1_000);
    expect((await rows(room, 'select * from outbox')).length).toBeGreaterThan(0);
    await confirmAll(room);
    await elapse(room, ROOM.session.deleteRetryMs + 1_000);
    expect(await tables(room)).toEqual([]);
  });
});

describe('while people only talk', () => {
  it('nothing is written and nothing is due soon', async () => {
    const { room, meeting } = newRoom();
    const ada = await TestClient.join(room, meeting);
    await TestClient.join(room, meeting);
    // There is no standby to be had; after some tries that is given up.
    await expect.poll(() => rows(room, "select * from timers where kind = 'standby'")).toHaveLength(1);
    await elapse(room, 2 ** (ROOM.standby.maxRetries + 1) * ROOM.standby.retryMs);
    await confirmAll(room);
    const due = await timersOf(room);
    expect(due).toEqual([]);
    const before = await rows(room, 'select body from session');
    for (let i = 0; i < 5; i += 1) await ada.ask({ type: 'request_media_token' });
    expect(await rows(room, 'select body from session')).toEqual(before);
    expect(await timersOf(room)).toEqual(due);
  });
});
