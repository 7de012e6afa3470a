import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { encode, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import { Database } from './database.ts';
import { SignalingSockets } from './signaling-sockets.ts';
import { alarmOf, elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

/** Two people on two nodes; all that their coming has set off is over, and Postgres has it. */
async function conversation() {
  const { room, meeting } = newRoom();
  const cities = ['amsterdam', 'virginia'] as const;
  const clients: TestClient[] = [];
  const links: TestNode[] = [];
  for (const city of cities) {
    const node = nodeIn(city);
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node };
    clients.push(await TestClient.join(room, meeting, { reservation, location: node.location }));
    links.push(await TestNode.dial(room, node));
  }
  for (const link of links) await link.desired(({ mesh }) => mesh.length === 2);
  await elapse(room, ROOM.outbox.flushAfterMs);
  for (const { id, seq } of await rows<{ id: string; seq: number }>(
    room,
    'select meeting_session_id as id, max(seq) as seq from outbox group by 1',
  )) {
    await room.confirmOutbox(id, seq);
  }
  // What is gathered in memory goes out.
  await new Promise((resolve) => setTimeout(resolve, ROOM.events.coalesceMs + 20));
  return { room, clients, links };
}

async function ping(client: TestClient): Promise<void> {
  const from = client.reader.frames.length;
  client.send({ type: 'ping' });
  await client.reader.next((frame): frame is FrameOf<'pong'> => frame.type === 'pong', from);
}

/** Everything the room has on disk, but for tables that only the runtime writes. */
function everything(room: Room): Promise<Record<string, unknown[]>> {
  return runInDurableObject(room, (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>(
        "select name from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'",
      )
      .toArray();
    return Object.fromEntries(
      tables.map(({ name }) => [name, sql.exec(`select * from "${name}"`).toArray()]),
    );
  });
}

describe('while people only talk', () => {
  it('no row is written in hours', async () => {
    const { room, clients } = await conversation();
    // The runtime times pings by its own clock, which cannot be moved with ours: here they are always recent.
    await runInDurableObject(room, (_, ctx) => {
      vi.spyOn(ctx, 'getWebSocketAutoResponseTimestamp').mockImplementation(() => new Date());
    });
    const before = await everything(room);
    const writes = vi.spyOn(Database.prototype, 'run');
    for (let minute = 0; minute < 4 * 60; minute += 10) {
      await elapse(room, 10 * 60_000);
      for (const client of clients) await ping(client);
    }
    expect(writes.mock.calls).toEqual([]);
    expect(await everything(room)).toEqual(before);
    expect(clients.map(({ reader }) => reader.closed)).toEqual([null, null]);
  });

  it('the room hibernates: pings do not wake it, neither do nodes that have nothing to say', async () => {
    const { room, clients, links } = await conversation();
    const constructed = vi.spyOn(SignalingSockets.prototype, 'restore');
    const heard = vi.spyOn(SignalingSockets.prototype, 'message');
    await evictDurableObject(room);
    for (let i = 0; i < 20; i += 1) {
      for (const client of clients) await ping(client);
      for (const { reader } of links) reader.socket.send(encode<roomLink.NodeToRoom>({ type: 'ping' }));
    }
    await links[0]?.reader.next((frame): frame is typeof frame => frame.type === 'pong');
    expect([constructed.mock.calls.length, heard.mock.calls.length]).toEqual([0, 0]);
    // The first word wakes it, with everybody still there.
    const [ada, bob] = clients;
    await ada?.ask({ type: 'mute', media: 'audio' });
    await bob?.event('media_state');
    expect(constructed).toHaveBeenCalledTimes(1);
    expect([ada?.gaps, bob?.gaps]).toEqual([[], []]);
  });

  it('nothing in memory keeps it from hibernating', async () => {
    const { room } = await conversation();
    const pending = vi.spyOn(globalThis, 'setTimeout');
    await elapse(room, 60_000);
    expect(pending).not.toHaveBeenCalled();
    // Only the next round is due.
    const due = await alarmOf(room);
    expect((due ?? 0) - Date.now()).toBeLessThanOrEqual(ROOM.session.roundMs);
    expect(await rows(room, 'select * from timers')).toEqual([]);
  });

  it('its rounds notice those who vanished with a restart', async () => {
    const { room, clients } = await conversation();
    await evictDurableObject(room, { webSockets: 'close' });
    await elapse(room, ROOM.session.roundMs + ROOM.participant.graceMs + ROOM.session.emptyGraceMs + 10_000);
    expect(await rows(room, 'select * from participants')).toEqual([]);
    expect(await rows<{ body: string }>(room, 'select body from session')).toMatchObject([
      { body: expect.stringContaining('"ending"') },
    ]);
    expect(await clients[0]?.resume()).toMatchObject({ code: 'meeting_ended' });
  });
});
