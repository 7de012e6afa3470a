import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { encode, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import { Runtime } from './runtime.ts';
import { alarmOf, elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { type City, newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(() => {
  fakeClock();
  spareNodes();
});
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

/** Two people, each at a node in one of these cities; all that their coming has set off is over, and Postgres has it. */
async function conversation(cities: readonly City[]) {
  const { room, meeting } = newRoom();
  const clients: TestClient[] = [];
  const links: TestNode[] = [];
  for (const city of cities) {
    const node = nodeIn(city);
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node };
    clients.push(await TestClient.join(room, meeting, { reservation, location: node.location }));
    links.push(await TestNode.dial(room, node));
  }
  for (const link of links) await link.desired(({ mesh }) => mesh.length === new Set(cities).size);
  await elapse(room, ROOM.outbox.flushAfterMs);
  for (const { id, seq } of await rows<{ id: string; seq: number }>(
    room,
    'select meeting_session_id as id, max(seq) as seq from outbox group by 1',
  )) {
    await room.confirmOutbox(id, seq);
  }
  // What is gathered in memory goes out, and the fleet has answered.
  await new Promise((resolve) => setTimeout(resolve, ROOM.events.coalesceMs + 20));
  // Where there is no standby to be had, asking for one ends.
  await elapse(room, 2 ** (ROOM.standby.maxRetries + 1) * ROOM.standby.retryMs);
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

/** Rows inserted, changed or deleted since the object started, also where a row was written as it had been. */
function changesIn(room: Room): Promise<number> {
  return runInDurableObject(
    room,
    (_, { storage }) => storage.sql.exec<{ n: number }>('select total_changes() as n').one().n,
  );
}

const ONE_NODE = ['amsterdam', 'amsterdam'] as const;
const TWO_NODES = ['amsterdam', 'virginia'] as const;

describe('while people only talk', () => {
  async function talkForHours(room: Room, clients: readonly TestClient[], hours: number): Promise<void> {
    // The runtime times pings by its own clock, which cannot be moved with ours: here they are always recent.
    await runInDurableObject(room, (_, ctx) => {
      vi.spyOn(ctx, 'getWebSocketAutoResponseTimestamp').mockImplementation(() => new Date());
    });
    for (let minute = 0; minute < hours * 60; minute += 10) {
      await elapse(room, 10 * 60_000);
      for (const client of clients) await ping(client);
    }
    expect(clients.map(({ reader }) => reader.closed)).toEqual(clients.map(() => null));
  }

  it.each([
    ['two nodes', TWO_NODES],
    ['one', ONE_NODE],
  ])('no row is written in hours on %s: only the alarm is set anew, for the rounds', async (_, cities) => {
    const { room, clients } = await conversation(cities);
    const before = await everything(room);
    const changes = await changesIn(room);
    await talkForHours(room, clients, 6);
    expect(await everything(room)).toEqual(before);
    // The runtime's note that an alarm is set, and that it has rung.
    const rounds = (6 * 3_600_000) / ROOM.session.roundMs;
    expect((await changesIn(room)) - changes).toBeLessThanOrEqual(2 * rounds);
  });

  it('the room hibernates: pings do not wake it, neither do nodes that have nothing to say', async () => {
    const { room, clients, links } = await conversation(TWO_NODES);
    await evictDurableObject(room);
    // Constructed or woken, it asks for the time; rooms of other tests may do so meanwhile.
    const asked = vi.spyOn(Runtime.prototype, 'now');
    const awake = () =>
      asked.mock.contexts.some((context) => context instanceof Runtime && context.ctx.id.equals(room.id));
    for (let i = 0; i < 20; i += 1) {
      for (const client of clients) await ping(client);
      for (const { reader } of links) reader.socket.send(encode<roomLink.NodeToRoom>({ type: 'ping' }));
    }
    await links[0]?.reader.next((frame): frame is typeof frame => frame.type === 'pong');
    expect(awake()).toBe(false);
    // The first word wakes it, with everybody still there.
    const [ada, bob] = clients;
    await ada?.ask({ type: 'mute', media: 'audio' });
    await bob?.event('media_state');
    expect(awake()).toBe(true);
    expect([ada?.gaps, bob?.gaps]).toEqual([[], []]);
  });

  it('nothing is due but the next round', async () => {
    const { room } = await conversation(TWO_NODES);
    await elapse(room, 60_000);
    expect(await rows(room, 'select * from timers')).toEqual([]);
    const due = ((await alarmOf(room)) ?? 0) - Date.now();
    expect(due).toBeGreaterThan(0);
    expect(due).toBeLessThanOrEqual(ROOM.session.roundMs);
  });

  it('its rounds notice those who vanished with a restart', async () => {
    const { room, clients } = await conversation(TWO_NODES);
    await evictDurableObject(room, { webSockets: 'close' });
    await elapse(room, ROOM.session.roundMs + ROOM.participant.graceMs + ROOM.session.emptyGraceMs + 10_000);
    expect(await rows(room, 'select * from participants')).toEqual([]);
    expect(await rows<{ body: string }>(room, 'select body from session')).toMatchObject([
      { body: expect.stringContaining('"ending"') },
    ]);
    expect(await clients[0]?.resume()).toMatchObject({ code: 'meeting_ended' });
  });

  it('a node that dials again makes the room notice them at once', async () => {
    const { room } = await conversation(ONE_NODE);
    await evictDurableObject(room, { webSockets: 'close' });
    await TestNode.dial(room, nodeIn('amsterdam'));
    await elapse(room, ROOM.participant.graceMs + 1_000);
    expect(await rows(room, 'select * from participants')).toEqual([]);
  });
});
