import { runInDurableObject } from 'cloudflare:test';
import { encode, MeridianError, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegistryCell } from '../fleet/registry-cell.ts';
import { refused } from '../result.ts';
import { ROOM } from './config.ts';
import type { RoomJoinRequest } from './contract.ts';
import { drainGap } from './moves.ts';
import { Reserver } from './reserver.ts';
import type { Member } from './roster.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { joinRequest, locationOf, newRoom, nodeIn } from './testing/fixtures.ts';
import { described, REMOTE, remoteNodes } from './testing/fleet.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

type Node = ReturnType<typeof described>;

const isMove = (frame: { type: string }): frame is FrameOf<'sfu_move'> => frame.type === 'sfu_move';

/** A meeting on the first of two nodes of one region. */
async function meetingOnFirst() {
  const { nodes } = await remoteNodes(2);
  const [first, second] = [described(nodes[0]), described(nodes[1])];
  const { room, meeting } = newRoom();
  const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: first };
  const at: Partial<RoomJoinRequest> = { reservation, location: REMOTE };
  const ada = await TestClient.join(room, meeting, at);
  const bob = await TestClient.join(room, meeting, at);
  const link = await TestNode.dial(room, first);
  await link.desired((state) => state.participants.length === 2);
  return { room, meeting, first, second, ada, bob, link, at };
}

function report(link: TestNode, client: TestClient, connected = true): void {
  const { boot_id } = link.node;
  const peer = { ...client.caller, connected, at: Date.now(), boot_id };
  link.send(encode<roomLink.NodeToRoom>({ type: 'peer_state', ...peer }));
}

function drain(link: TestNode, node: Node, deadline: number | null): void {
  link.send(encode<roomLink.NodeToRoom>({ type: 'draining', boot_id: node.boot_id, deadline }));
}

async function memberOf(client: TestClient): Promise<Member> {
  const found = await rows<{ body: string }>(client.room, 'select body from participants');
  return found.map(({ body }) => JSON.parse(body)).find((one) => one.participant_id === client.id);
}

const placeOf = async (client: TestClient) => {
  const { node_id, moving_from } = await memberOf(client);
  return [node_id, moving_from];
};

const claims = (token: string): { nodes: string[] } =>
  JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));

describe('request_node', () => {
  it('gives another node, while the one before may still have the media', async () => {
    const { room, first, second, ada, link } = await meetingOnFirst();
    const move = await ada.ask({ type: 'request_node', node_id: first.node_id, reason: 'unreachable' });
    expect(move).toMatchObject({
      type: 'sfu_move',
      reason: 'unreachable',
      sfu: { node_id: second.node_id, url: second.url },
      standby: null,
    });
    if (move.type !== 'sfu_move') throw new Error(move.type);
    expect(claims(move.sfu.media_token).nodes).toEqual([second.node_id, first.node_id]);
    const both = await link.desired((state) => state.mesh.length === 2);
    expect(both.participants.map(({ participant_id }) => participant_id)).toContain(ada.id);
    expect(await placeOf(ada)).toEqual([second.node_id, first.node_id]);

    // What the old node says of her changes nothing; what the new one says ends the move.
    report(link, ada);
    const target = await TestNode.dial(room, second);
    await target.desired();
    report(target, ada);
    await expect.poll(() => placeOf(ada)).toEqual([second.node_id, null]);
    expect(await rows(room, "select * from timers where kind = 'move'")).toEqual([]);
    // Bob is still there, so the first node stays.
    await elapse(room, ROOM.mesh.idleNodeMs + 1_000);
    expect(await rows(room, 'select node_id from nodes')).toHaveLength(2);
  });

  it('does not undo a newer move', async () => {
    const { first, second, ada } = await meetingOnFirst();
    const request = { type: 'request_node', node_id: first.node_id, reason: 'lost' } as const;
    await ada.ask(request);
    expect(await ada.ask(request)).toMatchObject({ type: 'sfu_move', sfu: { node_id: second.node_id } });
  });

  it('gives one back that could not be reached before, when there is no other', async () => {
    const { first, second, ada } = await meetingOnFirst();
    const unreachable = ({ node_id }: Node) =>
      ada.ask({ type: 'request_node', node_id, reason: 'unreachable' });
    expect(await unreachable(first)).toMatchObject({ type: 'sfu_move', sfu: { node_id: second.node_id } });
    expect(await unreachable(second)).toMatchObject({ type: 'sfu_move', sfu: { node_id: first.node_id } });
  });

  it('says so when there is no other, and bears only so many requests', async () => {
    vi.spyOn(RegistryCell.prototype, 'reserve').mockResolvedValue(refused('no_capacity', 'full'));
    const { room, first, ada } = await meetingOnFirst();
    const request = { type: 'request_node', node_id: first.node_id, reason: 'lost' } as const;
    for (let i = 0; i < ROOM.move.rate.burst; i += 1) {
      expect(await ada.ask(request)).toMatchObject({ type: 'error', code: 'no_capacity' });
    }
    expect(await ada.ask(request)).toMatchObject({ type: 'error', code: 'rate_limited' });
    expect(await placeOf(ada)).toEqual([first.node_id, null]);
    await elapse(room, 1_000);
    expect(ada.reader.closed).toBeNull();
  });

  it('does not wait for ever for a client that never arrives', async () => {
    const { room, first, second, ada } = await meetingOnFirst();
    await ada.ask({ type: 'request_node', node_id: first.node_id, reason: 'lost' });
    await elapse(room, ROOM.move.arriveMs + 1_000);
    expect(await placeOf(ada)).toEqual([second.node_id, null]);
  });
});

describe('a draining node', () => {
  it('is emptied one by one, and leaves the mesh', async () => {
    const { room, meeting, first, second, ada, bob, link, at } = await meetingOnFirst();
    drain(link, first, Date.now() + 60_000);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    await elapse(room, 0);
    // One is told, and after a gap the other.
    const told = () => [ada, bob].filter((client) => client.reader.frames.some(isMove));
    await expect.poll(told).toHaveLength(1);
    await elapse(room, ROOM.move.gapMs);
    await expect.poll(told).toHaveLength(2);
    for (const client of [ada, bob]) {
      const move = await client.reader.next(isMove);
      expect(move).toMatchObject({ reason: 'drain', sfu: { node_id: second.node_id } });
      expect(move.ref).toBeUndefined();
    }
    await elapse(room, ROOM.move.gapMs);
    expect(await rows(room, "select * from timers where kind = 'drain'")).toEqual([]);

    const target = await TestNode.dial(room, second);
    await target.desired();
    // Nobody new goes there.
    const eve = await TestClient.join(room, meeting, {
      ...at,
      reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: second },
    });
    expect(await placeOf(eve)).toEqual([second.node_id, null]);
    expect(link.reader.closed).toBeNull();
    for (const client of [ada, bob]) report(target, client);
    await expect.poll(() => placeOf(bob)).toEqual([second.node_id, null]);
    // It says of its last peers that they are there until they are gone; that takes nobody back.
    report(link, ada);
    await elapse(room, ROOM.move.lingerMs + 1_000);
    await link.desired((state) => state.ended);
    expect(await link.reader.closing()).toBe(1000);
    expect((await target.desired((state) => state.mesh.length === 1)).participants).toHaveLength(3);
  });

  it('keeps trying while there is no other, and stops at its deadline', async () => {
    const full = vi
      .spyOn(RegistryCell.prototype, 'reserve')
      .mockResolvedValue(refused('no_capacity', 'full'));
    const { room, first, ada, link } = await meetingOnFirst();
    drain(link, first, Date.now() + 2 * ROOM.move.retryMs);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    await elapse(room, 10 * ROOM.move.retryMs);
    expect(full.mock.calls.length).toBeGreaterThan(1);
    expect(await rows(room, "select * from timers where kind = 'drain'")).toEqual([]);
    expect(await placeOf(ada)).toEqual([first.node_id, null]);
    expect(ada.reader.frames.some(isMove)).toBe(false);
  });

  it('goes on with others when there is no place for somebody', async () => {
    const asked = spareNodes();
    const { room, meeting } = newRoom();
    const first = nodeIn('amsterdam', 'ams-1');
    for (const city of ['amsterdam', 'virginia'] as const) {
      const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: first };
      await TestClient.join(room, meeting, { reservation, location: locationOf(city) });
    }
    const link = await TestNode.dial(room, first);
    await link.desired();
    drain(link, first, Date.now() + 10 * ROOM.move.retryMs);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    await elapse(room, 3 * ROOM.move.retryMs + 100);
    const moves = asked(meeting).filter(({ purpose }) => purpose !== 'standby');
    expect(moves.slice(0, 4).map(({ location }) => location)).toEqual(
      (['amsterdam', 'virginia', 'amsterdam', 'virginia'] as const).map(locationOf),
    );
  });

  it('does not wait for another whose cell takes its time', async () => {
    spareNodes();
    const { room, meeting } = newRoom();
    for (const city of ['amsterdam', 'virginia'] as const) {
      const node = nodeIn(city);
      const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node };
      await TestClient.join(room, meeting, { reservation, location: node.location });
      const link = await TestNode.dial(room, node);
      await link.desired();
      drain(link, node, Date.now() + 60_000);
    }
    const draining = () => rows(room, "select * from timers where kind = 'drain'");
    await expect.poll(draining).toHaveLength(2);
    // Each node is the standby of who is at the other, which comes first. Then both are due at once.
    await elapse(room, ROOM.move.standbyGapMs);
    vi.setSystemTime(Date.now() + 2 * ROOM.move.retryMs);
    const answer = Promise.withResolvers<never>();
    // Whoever asks handles it, though in a request of its own, which the runtime does not count as handled here.
    answer.promise.catch(() => {});
    const find = vi.spyOn(Reserver.prototype, 'find').mockReturnValue(answer.promise);
    const moves = () => find.mock.calls.filter(([{ purpose }]) => purpose !== 'standby');
    const elapsed = elapse(room, 0);
    await expect.poll(() => moves().length).toBe(2);
    answer.reject(new MeridianError('no_capacity', 'all media nodes are full'));
    await elapsed;
    expect((await draining()).length).toBe(2);
  });

  it('is nobody’s standby, also of those who are moved away, until it stays after all', async () => {
    const { nodes } = await remoteNodes(3);
    const [first, second, third] = [described(nodes[0]), described(nodes[1]), described(nodes[2])];
    const { room, meeting } = newRoom();
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: first };
    const [ada, bob] = [
      await TestClient.join(room, meeting, { reservation, location: REMOTE }),
      await TestClient.join(room, meeting, { reservation, location: REMOTE }),
    ];
    const standbyOf = async (client: TestClient) => (await memberOf(client)).standby_node_id;
    const standby = () => standbyOf(ada);
    await expect.poll(standby).not.toBeNull();
    await expect.poll(() => standbyOf(bob)).toBe(await standby());
    const spare = (await standby()) === second.node_id ? second : third;
    const other = spare === second ? third : second;
    const link = await TestNode.dial(room, spare);
    await link.desired();
    drain(link, spare, Date.now() + 60_000);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    // One has another standby, and after a gap the other.
    await elapse(room, 0);
    const prepared = async () => (await Promise.all([ada, bob].map(standbyOf))).toSorted();
    await expect.poll(prepared).toEqual([spare.node_id, other.node_id].toSorted());
    await elapse(room, ROOM.move.standbyGapMs);
    await expect.poll(prepared).toEqual([other.node_id, other.node_id]);
    expect(await memberOf(ada)).toMatchObject({ node_id: first.node_id });
    // Now hers drains as well: she goes to her standby, and the first that stays becomes the new one.
    const home = await TestNode.dial(room, first);
    await home.desired();
    drain(home, first, Date.now() + 60_000);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).not.toEqual([]);
    await elapse(room, 2 * ROOM.move.gapMs);
    expect(await memberOf(ada)).toMatchObject({
      node_id: other.node_id,
      moving_from: first.node_id,
      standby_node_id: null,
    });
    drain(home, first, null);
    await expect.poll(standby).toBe(first.node_id);
  });

  it('gets nobody who joins', async () => {
    const { room, meeting, first, second, link } = await meetingOnFirst();
    vi.spyOn(RegistryCell.prototype, 'reserve').mockResolvedValue(refused('no_capacity', 'full'));
    drain(link, first, Date.now() + 60_000);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: second };
    const result = await room.join(joinRequest(meeting, { reservation, location: REMOTE }));
    expect(result).toMatchObject({ value: { sfu: { node_id: second.node_id } } });
  });

  it.each([
    ['sends people where a place is prepared in its region', 'ams-2', nodeIn('amsterdam', 'ams-2'), false],
    ['asks for a place when none is prepared there', 'virginia', nodeIn('virginia'), true],
  ])('%s: %s', async (_what, prepared, spare, asks) => {
    const asked = spareNodes(spare);
    const first = nodeIn('amsterdam', 'ams-1');
    const { room, meeting } = newRoom();
    const reservation = { reservation_id: crypto.randomUUID(), cell: 'test-cell', node: first };
    const ada = await TestClient.join(room, meeting, { reservation, location: first.location });
    await expect.poll(async () => (await memberOf(ada)).standby_node_id).toBe(prepared);
    const link = await TestNode.dial(room, first);
    await link.desired();
    drain(link, first, Date.now() + 60_000);
    await expect.poll(() => rows(room, "select * from timers where kind = 'drain'")).toHaveLength(1);
    await elapse(room, 100);
    await ada.reader.next(isMove);
    expect(await placeOf(ada)).toEqual([prepared, first.node_id]);
    expect(asked(meeting).some(({ purpose }) => purpose !== 'standby')).toBe(asks);
  });

  it('is emptied within half of the time it has', () => {
    expect(drainGap(10, 600_000)).toBe(ROOM.move.gapMs);
    expect(drainGap(500, 10_000)).toBe(10);
    expect(drainGap(1_000_000, 10)).toBe(1);
  });
});

describe('media that is gone', () => {
  const silences = (client: TestClient) => rows(client.room, "select key from timers where kind = 'silence'");

  async function pinged(client: TestClient): Promise<void> {
    client.send({ type: 'ping' });
    await client.reader.next((frame): frame is FrameOf<'pong'> => frame.type === 'pong');
  }

  it('ends a stay together with a client that does not ping any more', async () => {
    const { room, ada, bob, link } = await meetingOnFirst();
    await pinged(ada);
    await elapse(room, 10_000);
    report(link, ada, false);
    await expect.poll(() => silences(ada)).toHaveLength(1);
    await elapse(room, ROOM.participant.silenceMs + 1_000);
    expect(await ada.reader.closing()).toBe(1001);
    await elapse(room, ROOM.participant.graceMs + 1_000);
    await bob.event('participant_left', ({ reason }) => reason === 'timeout');
  });

  it('means nothing while the client pings', async () => {
    const { room, ada, link } = await meetingOnFirst();
    // The runtime times pings by its own clock, which cannot be moved with ours: here they are always recent.
    await runInDurableObject(room, (_, ctx) => {
      vi.spyOn(ctx, 'getWebSocketAutoResponseTimestamp').mockImplementation(() => new Date());
    });
    report(link, ada, false);
    await expect.poll(() => silences(ada)).toHaveLength(1);
    await elapse(room, ROOM.participant.silenceMs + 1_000);
    expect(await silences(ada)).toEqual([]);
    await elapse(room, ROOM.participant.graceMs);
    expect(await ada.ask({ type: 'mute', media: 'audio' })).toMatchObject({ type: 'media_state' });
  });
});
