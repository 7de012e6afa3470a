import { env } from 'cloudflare:workers';
import type { Location, PlacementDecision } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeNode } from '../../test/support/node.ts';
import { cellOfRegion } from '../fleet/names.ts';
import type { MeetingRecord } from './contract.ts';
import { Reserver } from './reserver.ts';
import { fakeClock, realClock } from './testing/clock.ts';
import { admitted, endByOwner, joinRequest, newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

// A way of some 360 km: too little to bring a further node into a meeting.
const HERE = { latitude: 50.1, longitude: 8.7 };
const NEARBY = { latitude: 52.4, longitude: 4.9 };

type Region = { name: string; nodeId: string; location: Location };

/** A region with a single node of so many places. */
async function regionOf(capacity: number, location: Location): Promise<Region> {
  const name = `reuse-${crypto.randomUUID().slice(0, 8)}`;
  const node = await FakeNode.registered(name, `${name}-1`, capacity, { location });
  return { name, nodeId: node.node_id, location };
}

async function reserveIn({ name }: Region, meeting_id: string) {
  const result = await env.CELLS.getByName(cellOfRegion(name)).reserve({ meeting_id, room_url: 'wss://x' });
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

/** As the edge would have somebody join who is where `region` is. */
async function joinFrom(region: Region, room: Room, meeting: MeetingRecord): Promise<string> {
  const reservation = await reserveIn(region, meeting.id);
  const { sfu } = await admitted(room, meeting, { reservation, location: region.location });
  return sfu.node_id;
}

/** Places given away and not given back. */
async function taken({ name, nodeId }: Region): Promise<number> {
  const node = await env.CELLS.getByName(cellOfRegion(name)).node(nodeId);
  return node.ok ? node.value.reserved : Number.NaN;
}

/** Latest first. */
async function decisions(room: Room): Promise<PlacementDecision[]> {
  const result = await room.placement({ kind: 'owner' });
  if (!result.ok) throw new Error(result.error.code);
  return result.value.decisions;
}

/** Nothing of the fleet but what the room knows: standbys would take places as well. */
function withoutStandbys(): void {
  vi.spyOn(Reserver.prototype, 'find').mockReturnValue(new Promise(() => {}));
}

describe('a node the meeting has', () => {
  it('is joined with a place of its own cell, and the one reserved nearer is given back', async () => {
    withoutStandbys();
    const [first, nearer] = [await regionOf(10, NEARBY), await regionOf(10, HERE)];
    const { room, meeting } = newRoom();
    expect(await joinFrom(first, room, meeting)).toBe(first.nodeId);
    expect(await joinFrom(nearer, room, meeting)).toBe(first.nodeId);
    expect(await taken(first)).toBe(2);
    await expect.poll(() => taken(nearer)).toBe(0);
    expect((await decisions(room))[0]).toMatchObject({ reason: 'reused', node_id: first.nodeId });
  });

  it('is not given to more people than it takes', async () => {
    withoutStandbys();
    const [first, nearer] = [await regionOf(12, NEARBY), await regionOf(100, HERE)];
    const { room, meeting } = newRoom();
    await joinFrom(first, room, meeting);
    // Of people of other meetings the room knows nothing.
    for (let i = 0; i < 8; i += 1) await reserveIn(first, crypto.randomUUID());
    const places = await Promise.all(Array.from({ length: 10 }, () => joinFrom(nearer, room, meeting)));
    expect(places.filter((node) => node === first.nodeId)).toHaveLength(3);
    expect(await taken(first)).toBe(12);
    await expect.poll(() => taken(nearer)).toBe(7);
    const spilt = (await decisions(room)).findLast(({ node_id }) => node_id === nearer.nodeId);
    expect(spilt).toMatchObject({ purpose: 'join', reason: 'nearest' });
    expect(spilt?.candidates).toContainEqual(expect.objectContaining({ id: first.nodeId, verdict: 'full' }));
  });

  it('is not waited for when its cell does not answer', async () => {
    withoutStandbys();
    const [first, nearer] = [await regionOf(10, NEARBY), await regionOf(10, HERE)];
    const { room, meeting } = newRoom();
    await joinFrom(first, room, meeting);
    vi.spyOn(Reserver.prototype, 'claim').mockResolvedValueOnce(null);
    expect(await joinFrom(nearer, room, meeting)).toBe(nearer.nodeId);
  });
});

describe('while the cell is asked', () => {
  const AMS = nodeIn('amsterdam', 'ams-1');
  const FRA = nodeIn('frankfurt', 'fra-1');
  const at = (node: typeof AMS) => ({
    reservation: { reservation_id: crypto.randomUUID(), cell: 'test-cell', node },
    location: node.location,
  });

  /** A second join, which has got as far as the question to the cell. */
  async function asking() {
    spareNodes();
    const { room, meeting } = newRoom();
    await admitted(room, meeting, at(AMS));
    const { promise, resolve } = Promise.withResolvers<null>();
    const claim = vi.spyOn(Reserver.prototype, 'claim');
    claim.mockImplementationOnce(async ({ node, cell }) => {
      await promise;
      return { reservation_id: crypto.randomUUID(), cell, node };
    });
    const joining = room.join(joinRequest(meeting, at(FRA)));
    await expect.poll(() => claim.mock.calls.length).toBe(1);
    return { room, meeting, joining, answer: () => resolve(null) };
  }

  it('the meeting may end', async () => {
    const { room, joining, answer } = await asking();
    await endByOwner(room);
    answer();
    expect(await joining).toMatchObject({ ok: false, error: { code: 'meeting_ended' } });
  });

  it('the node may be lost: then the reserved place is used', async () => {
    const { room, joining, answer } = await asking();
    await room.nodeRevoked('ams-1');
    answer();
    expect(await joining).toMatchObject({ ok: true, value: { sfu: { node_id: 'fra-1' } } });
  });

  it('the node that was reserved may be revoked: then nobody is sent there', async () => {
    const { room, joining, answer } = await asking();
    await room.nodeRevoked('fra-1');
    answer();
    expect(await joining).toMatchObject({ ok: false, error: { code: 'no_capacity' } });
  });

  it('the node may turn out to have been started anew: then it is found as it is now', async () => {
    spareNodes();
    const { room, meeting } = newRoom();
    await admitted(room, meeting, at(AMS));
    const again = { ...AMS, boot_id: crypto.randomUUID(), dtls_fingerprint: 'EF:01' };
    vi.spyOn(Reserver.prototype, 'claim').mockImplementationOnce(async ({ cell }) => ({
      reservation_id: crypto.randomUUID(),
      cell,
      node: again,
    }));
    const { sfu } = await admitted(room, meeting, at(FRA));
    expect(sfu).toMatchObject({ node_id: 'ams-1', dtls_fingerprint: again.dtls_fingerprint });
  });

  it('nobody else has to wait', async () => {
    const { room, meeting, joining, answer } = await asking();
    await TestClient.join(room, meeting, at(AMS));
    answer();
    expect(await joining).toMatchObject({ ok: true, value: { sfu: { node_id: 'ams-1' } } });
  });
});
