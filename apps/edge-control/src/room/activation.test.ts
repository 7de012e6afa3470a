import { evictDurableObject } from 'cloudflare:test';
import { encode, meshLinks, type NodeDescription, type roomLink } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EvidenceReport } from '../fleet/contract.ts';
import { RegistryCell } from '../fleet/registry-cell.ts';
import { ROOM } from './config.ts';
import { elapse, fakeClock, realClock, rows } from './testing/clock.ts';
import { newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { type FrameOf, TestClient } from './testing/test-client.ts';
import { TestNode } from './testing/test-node.ts';

type Verdict = Awaited<ReturnType<RegistryCell['verdict']>>['verdict'];

/** What the cells have heard of nodes, and what they say to it. */
let evidence: ReturnType<typeof cells>;

function cells() {
  const answer = { verdict: 'suspect' as Verdict, boot_id: null };
  const reports = vi
    .spyOn(RegistryCell.prototype, 'evidence')
    .mockImplementation(async () => ({ ...answer, since: 0 }));
  vi.spyOn(RegistryCell.prototype, 'verdict').mockImplementation(async () => ({ ...answer, since: 0 }));
  const said = ({ kind, node_id, near }: EvidenceReport) => `${kind} ${node_id}${near ? '' : ' from afar'}`;
  return { answer, reported: () => reports.mock.calls.map(([report]) => said(report)) };
}

beforeEach(() => {
  fakeClock();
  evidence = cells();
});
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const AMS = nodeIn('amsterdam', 'ams-1');
const AMS_2 = nodeIn('amsterdam', 'ams-2');
const FRA = nodeIn('frankfurt', 'fra-1');
const IAD = nodeIn('virginia', 'iad-1');

const at = (node: NodeDescription) => ({
  reservation: { reservation_id: crypto.randomUUID(), cell: `${node.region}:0`, node },
  location: node.location,
});

type Stored = {
  participant_id: string;
  node_id: string;
  moving_from: string | null;
  standby_node_id: string;
};

async function stored(room: Room): Promise<Map<string, Stored>> {
  const members = await rows<{ body: string }>(room, 'select body from participants');
  return new Map(
    members.map(({ body }) => {
      const member: Stored = JSON.parse(body);
      return [member.participant_id, member];
    }),
  );
}

const place = async ({ room, id }: TestClient) => {
  const member = (await stored(room)).get(id);
  return [member?.node_id, member?.standby_node_id];
};

/** People on the first node, with the second as their standby. */
async function meetingOn(count: number, ...spares: NodeDescription[]) {
  const { room, meeting } = newRoom({ max_participants: 1_000 });
  const asked = spareNodes(AMS_2, ...spares);
  const people: TestClient[] = [];
  for (let i = 0; i < count; i += 1) people.push(await TestClient.join(room, meeting, at(AMS)));
  const settled = async () => [...(await stored(room)).values()].map((one) => one.standby_node_id);
  await expect.poll(settled).toEqual(people.map(() => 'ams-2'));
  const [ada] = people;
  if (!ada) throw new Error('nobody came');
  return { room, meeting, people, ada, asked: () => asked(meeting).length };
}

const activated = {
  type: 'activated',
  node_id: 'ams-2',
  from_node_id: 'ams-1',
  reason: 'socket_closed',
} as const;

const isStandby = (frame: { type: string }): frame is FrameOf<'standby'> => frame.type === 'standby';
const isMove = (frame: { type: string }): frame is FrameOf<'sfu_move'> => frame.type === 'sfu_move';

describe('activated', () => {
  it('makes the standby the node, says so to the cell, and gives another standby', async () => {
    const { ada, room } = await meetingOn(1, FRA);
    expect(await ada.ask(activated)).toMatchObject({ type: 'standby', standby: null, failover: 'cold' });
    const found = await ada.reader.next(
      (frame): frame is FrameOf<'standby'> => isStandby(frame) && frame.standby?.node_id === 'fra-1',
    );
    expect(found.failover).toBe('hot');
    expect(await place(ada)).toEqual(['ams-2', 'fra-1']);
    await expect.poll(() => evidence.reported()).toEqual(['client_media_loss ams-1']);
    expect((await stored(room)).get(ada.id)?.moving_from).toBeNull();
  });

  it('is answered with another of the meeting’s nodes at once, never with the one just lost', async () => {
    const { ada, meeting, room } = await meetingOn(1);
    await TestClient.join(room, meeting, at(IAD));
    expect(await ada.ask(activated)).toMatchObject({ standby: { node_id: 'iad-1' } });
    expect(await place(ada)).toEqual(['ams-2', 'iad-1']);
  });

  it('may be said twice, also after an eviction', async () => {
    const { ada, asked } = await meetingOn(1, FRA);
    await ada.ask(activated);
    await expect.poll(() => place(ada)).toEqual(['ams-2', 'fra-1']);
    const before = asked();
    await evictDurableObject(ada.room);
    expect(await ada.ask(activated)).toMatchObject({ type: 'standby', standby: { node_id: 'fra-1' } });
    expect(await place(ada)).toEqual(['ams-2', 'fra-1']);
    expect(asked()).toBe(before);
  });

  it('of a node that is not the standby is answered with where to go', async () => {
    const { ada } = await meetingOn(1, FRA);
    expect(await ada.ask({ ...activated, node_id: 'fra-1' })).toMatchObject({
      type: 'sfu_move',
      reason: 'lost',
      sfu: { node_id: 'ams-2' },
    });
    // Something old: they are where they are to be.
    expect(await ada.ask({ ...activated, node_id: 'fra-9', from_node_id: 'fra-8' })).toMatchObject({
      type: 'sfu_move',
      sfu: { node_id: 'ams-2' },
    });
  });

  it('is known by the node’s word too, in whatever order; the lost node’s word takes nobody back', async () => {
    const { ada, room } = await meetingOn(1, FRA);
    const links = [await TestNode.dial(room, AMS), await TestNode.dial(room, AMS_2)];
    for (const link of links) await link.desired();
    const report = (link: TestNode | undefined) =>
      link?.send(
        encode<roomLink.NodeToRoom>({
          type: 'peer_state',
          ...ada.caller,
          boot_id: link.node.boot_id,
          connected: true,
          at: Date.now(),
        }),
      );
    report(links[1]);
    await expect.poll(() => place(ada)).toEqual(['ams-2', 'fra-1']);
    report(links[0]);
    expect(await ada.ask(activated)).toMatchObject({ type: 'standby', standby: { node_id: 'fra-1' } });
    report(links[0]);
    await elapse(room, 2 * ROOM.move.arriveMs);
    expect(await place(ada)).toEqual(['ams-2', 'fra-1']);
  });

  it('by two hundred at once costs one call to the cell and one further node', async () => {
    const { people, room, asked } = await meetingOn(200, FRA);
    const before = asked();
    const answers = await Promise.all(people.map((one) => one.ask(activated)));
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['standby']));
    const places = async () =>
      new Set([...(await stored(room)).values()].map((one) => `${one.node_id} ${one.standby_node_id}`));
    await expect.poll(places).toEqual(new Set(['ams-2 fra-1']));
    expect(asked()).toBe(before + 1);
    expect(evidence.reported()).toEqual(['client_media_loss ams-1']);
    // One word to each, and one more where the answer had none yet.
    for (const one of people) {
      expect(one.reader.frames.filter((frame) => 'failover' in frame).length).toBeLessThanOrEqual(5);
    }
  }, 60_000);

  it('says whether it was seen near the node, and one from near and one from afar are two reports', async () => {
    const { room, meeting } = newRoom();
    for (const { location } of [AMS, IAD, { location: null }, FRA]) {
      const one = await TestClient.join(room, meeting, { ...at(AMS), location });
      await one.ask(activated);
    }
    expect(evidence.reported()).toEqual(['client_media_loss ams-1', 'client_media_loss ams-1 from afar']);
  });

  it('and request_node count together: a client cannot wander', async () => {
    const { ada } = await meetingOn(1);
    const answers: string[] = [];
    for (let i = 0; i <= ROOM.move.rate.burst; i += 1) {
      const answer = await ada.ask({ ...activated, node_id: `x-${i}`, from_node_id: `y-${i}` });
      answers.push(answer.type === 'error' ? answer.code : answer.type);
    }
    expect(answers).toEqual([...Array(ROOM.move.rate.burst).fill('sfu_move'), 'rate_limited']);
    // What it made up is no evidence against anybody.
    expect(evidence.reported()).toEqual([]);
  });
});

describe('somebody who fell back far away', () => {
  async function inVirginia(linked: NodeDescription[], ...spares: NodeDescription[]) {
    const { room, meeting } = newRoom();
    spareNodes(...spares);
    const ada = await TestClient.join(room, meeting, at(AMS));
    await TestClient.join(room, meeting, at(IAD));
    await ada.ask({ ...activated, node_id: 'iad-1' });
    for (const node of linked) await (await TestNode.dial(room, node)).desired();
    return { room, ada };
  }

  it('is brought back near when that is over, make before break', async () => {
    const { room, ada } = await inVirginia([AMS, IAD], AMS_2);
    expect((await place(ada))[0]).toBe('iad-1');
    await elapse(room, ROOM.move.homeAfterMs);
    const move = await ada.reader.next(isMove);
    expect(move).toMatchObject({ reason: 'rebalance', sfu: { node_id: expect.stringContaining('ams-') } });
    expect((await stored(room)).get(ada.id)?.moving_from).toBe('iad-1');
  });

  it('is brought back alone, whoever else fell back at the same time', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const people = [];
    for (let i = 0; i < 4; i += 1) people.push(await TestClient.join(room, meeting, at(AMS)));
    await TestClient.join(room, meeting, at(IAD));
    for (const one of people) await one.ask({ ...activated, node_id: 'iad-1' });
    const timers = await rows<{ due: number }>(
      room,
      "select due from timers where kind = 'home' order by due",
    );
    const gaps = timers.slice(1).map(({ due }, i) => due - (timers[i]?.due ?? 0));
    expect(gaps).toHaveLength(people.length - 1);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(ROOM.move.gapMs);
    // Nor are they when the object was away for so long that all are due.
    for (const node of [AMS, IAD]) await (await TestNode.dial(room, node)).desired();
    vi.setSystemTime(Date.now() + 2 * ROOM.move.homeAfterMs);
    await elapse(room, 0);
    const left = await rows<{ due: number }>(room, "select due from timers where kind = 'home'");
    expect(left).toHaveLength(people.length - 1);
    expect(new Set(left.map(({ due }) => due)).size).toBe(left.length);
  });

  it('stays where there is nothing nearer', async () => {
    const { room, ada } = await inVirginia([IAD], nodeIn('virginia', 'iad-2'));
    await elapse(room, 2 * ROOM.move.homeAfterMs);
    expect((await place(ada))[0]).toBe('iad-1');
    expect(ada.reader.frames.some(isMove)).toBe(false);
    expect(await rows(room, "select * from timers where kind = 'home'")).toEqual([]);
  });
});

describe('a standby that does not work', () => {
  it('is replaced when its client says so', async () => {
    const { ada } = await meetingOn(1, FRA);
    const answer = await ada.ask({ type: 'request_node', node_id: 'ams-2', reason: 'unreachable' });
    expect(answer).toMatchObject({ type: 'standby', standby: null });
    await expect.poll(() => place(ada)).toEqual(['ams-1', 'fra-1']);
    expect(evidence.reported()).toEqual([]);
  });
});

describe('a lost node', () => {
  const nodes = (state: roomLink.DesiredState) => state.mesh.map(({ node_id }) => node_id);

  it('leaves the mesh at once, and whoever is still there is moved to their standby', async () => {
    const { people, ada, room } = await meetingOn(3, FRA);
    const spare = await TestNode.dial(room, AMS_2);
    const lost = await TestNode.dial(room, AMS);
    await lost.desired();
    const before = (await spare.desired()).topology_epoch;
    evidence.answer.verdict = 'lost';
    await ada.ask(activated);
    const repaired = await spare.desired((state) => !nodes(state).includes('ams-1'));
    expect(repaired.topology_epoch).toBeGreaterThan(before);
    expect(repaired.links.some(({ a, b }) => a === 'ams-1' || b === 'ams-1')).toBe(false);
    // What nodes go by when they have to see to a loss themselves.
    expect(meshLinks(repaired.mesh)).toEqual(repaired.links);
    await elapse(room, ROOM.move.lostMs);
    for (const one of people.slice(1)) {
      const move = await one.reader.next(isMove);
      expect(move).toMatchObject({ reason: 'lost', sfu: { node_id: 'ams-2' } });
      await expect.poll(() => place(one)).toEqual(['ams-2', 'fra-1']);
    }
    // The room closes no media: the node keeps its link, and what it has, while people may still be there.
    expect(lost.reader.closed).toBeNull();
    expect((await lost.desired((state) => !nodes(state).includes('ams-1'))).ended).toBe(false);
    await elapse(room, ROOM.move.arriveMs + ROOM.move.lingerMs + 1_000);
    expect(await lost.reader.closing()).toBe(1000);
  });

  it('is asked about once more, when the first report was not enough', async () => {
    const { ada, room } = await meetingOn(1, FRA);
    await ada.ask(activated);
    const asking = () => rows(room, "select key from timers where kind = 'verdict'");
    await expect.poll(asking).toEqual([{ key: 'ams-1' }]);
    evidence.answer.verdict = 'lost';
    await elapse(room, ROOM.evidence.askAgainMs);
    expect(await asking()).toEqual([]);
    const [row] = await rows<{ body: string }>(room, "select body from nodes where node_id = 'ams-1'");
    expect(JSON.parse(row?.body ?? '{}').lost_at).not.toBeNull();
  });

  it('is nobody’s standby, and takes people again when the fleet has it back', async () => {
    const { room, meeting } = newRoom();
    spareNodes(FRA);
    const ada = await TestClient.join(room, meeting, at(AMS));
    const bob = await TestClient.join(room, meeting, at(IAD));
    expect([await place(ada), await place(bob)]).toEqual([
      ['ams-1', 'iad-1'],
      ['iad-1', 'ams-1'],
    ]);
    const link = await TestNode.dial(room, AMS);
    await link.desired();
    evidence.answer.verdict = 'lost';
    link.send(encode<roomLink.NodeToRoom>({ type: 'relay_silent', node_id: 'iad-1', silent: true }));
    await expect.poll(() => place(ada)).toEqual(['ams-1', 'fra-1']);
    expect(evidence.reported()).toEqual(['relay_silence iad-1 from afar']);
    await elapse(room, ROOM.move.lostMs);
    expect(await place(bob)).toEqual(['ams-1', 'fra-1']);
    // Its process was started anew.
    const again = { ...IAD, boot_id: crypto.randomUUID() };
    const carol = await TestClient.join(room, meeting, at(again));
    expect((await place(carol))[0]).toBe('iad-1');
    const back = await link.desired((state) => nodes(state).includes('iad-1'));
    expect(back.links).toContainEqual({ a: 'ams-1', b: 'iad-1' });
  });

  it('is reported as seen nearby by a neighbour of its own region', async () => {
    const { room } = await meetingOn(1, FRA);
    const [first, second] = [await TestNode.dial(room, AMS), await TestNode.dial(room, AMS_2)];
    for (const one of [first, second]) await one.desired();
    first.send(encode<roomLink.NodeToRoom>({ type: 'relay_silent', node_id: 'ams-2', silent: true }));
    await expect.poll(() => evidence.reported()).toEqual(['relay_silence ams-2']);
  });

  it('is not made by a node’s word about one that is no neighbour, or that is heard', async () => {
    const { ada, room } = await meetingOn(1, FRA);
    const first = await TestNode.dial(room, AMS);
    await first.desired();
    evidence.answer.verdict = 'lost';
    for (const [node_id, silent] of [
      ['fra-1', true],
      ['ams-1', true],
      ['ams-2', false],
    ] as const) {
      first.send(encode<roomLink.NodeToRoom>({ type: 'relay_silent', node_id, silent }));
    }
    first.send(encode<roomLink.NodeToRoom>({ type: 'ping', ref: 1 }));
    await first.reader.next((frame): frame is typeof frame => frame.ref === 1);
    expect(evidence.reported()).toEqual([]);
    expect(await place(ada)).toEqual(['ams-1', 'ams-2']);
  });
});

describe('room links that come and go', () => {
  it('move nobody, nor anybody’s standby', async () => {
    const { ada, room } = await meetingOn(1, FRA);
    const before = [await stored(room), await rows(room, 'select * from topology')];
    for (let i = 0; i < 12; i += 1) {
      const links = [await TestNode.dial(room, AMS), await TestNode.dial(room, AMS_2)];
      for (const link of links) await link.desired();
      await elapse(room, 2_500);
      for (const link of links) {
        link.reader.socket.close(1001, 'flapping');
        await link.reader.closing();
      }
      await elapse(room, 2_500);
    }
    expect([await stored(room), await rows(room, 'select * from topology')]).toEqual(before);
    expect(ada.reader.frames.some(isMove)).toBe(false);
    expect(evidence.reported()).toEqual([]);
  });
});
