import { evictDurableObject } from 'cloudflare:test';
import { MeetingPlacement, type NodeDescription, type PlacementDecision } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOM } from './config.ts';
import type { PlacementViewer } from './contract.ts';
import { fakeClock, realClock } from './testing/clock.ts';
import { admitted, endByOwner, newRoom, nodeIn, type Room } from './testing/fixtures.ts';
import { spareNodes } from './testing/spare-nodes.ts';
import { TestClient } from './testing/test-client.ts';

beforeEach(fakeClock);
afterEach(() => {
  realClock();
  vi.restoreAllMocks();
});

const AMS = nodeIn('amsterdam', 'ams-1');
const AMS_2 = nodeIn('amsterdam', 'ams-2');
const REGION: PlacementDecision['candidates'][number] = {
  kind: 'region',
  id: 'eu-west:0',
  region: 'eu-west',
  distance_km: 12,
  free: 400,
  utilisation: 0.2,
  verdict: 'chosen',
  score: { path_ms: 10, new_node_ms: 15, load_ms: 0, other_region_ms: 0, total_ms: 25 },
};

const at = (node: NodeDescription) => ({
  reservation: { reservation_id: crypto.randomUUID(), cell: `${node.region}:0`, node },
  location: node.location,
  candidates: [REGION],
});

async function placement(room: Room, viewer: PlacementViewer = { kind: 'owner' }): Promise<MeetingPlacement> {
  const result = await room.placement(viewer);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return MeetingPlacement.parse(result.value);
}

/** Latest first, without what was considered. */
const told = ({ decisions }: MeetingPlacement) =>
  decisions.map(({ purpose, reason, node_id, from_node_id }) => [purpose, reason, node_id, from_node_id]);

describe('the placement of a meeting', () => {
  it('tells where everybody is, and each decision with what was considered', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2);
    const ada = await TestClient.join(room, meeting, at(AMS));
    await expect.poll(async () => (await placement(room)).links).toEqual([{ a: 'ams-1', b: 'ams-2' }]);
    const now = await placement(room);
    expect(now).toMatchObject({
      nodes: [
        { node_id: 'ams-1', verdict: 'up' },
        { node_id: 'ams-2', verdict: 'up' },
      ],
      participants: [{ participant_id: ada.id, node_id: 'ams-1', standby_node_id: 'ams-2', failover: 'hot' }],
    });
    expect(told(now)).toEqual([
      ['standby', 'joins_meeting', 'ams-2', null],
      ['standby', 'hot_small_meeting', 'ams-2', null],
      ['join', 'nearest', 'ams-1', null],
    ]);
    const [, standby, join] = now.decisions;
    expect(standby?.participants).toEqual([ada.id]);
    expect(standby?.candidates).toMatchObject([{ kind: 'node', id: 'ams-2', verdict: 'chosen' }]);
    expect(join?.candidates).toMatchObject([
      { kind: 'node', id: 'ams-1', verdict: 'chosen' },
      { kind: 'region', id: 'eu-west:0', distance_km: 12 },
    ]);
  });

  it('goes on with moves and activations, over an eviction', async () => {
    const { room, meeting } = newRoom();
    spareNodes(AMS_2, nodeIn('frankfurt', 'fra-1'));
    const ada = await TestClient.join(room, meeting, at(AMS));
    const standby = async () => (await placement(room)).participants[0]?.standby_node_id;
    await expect.poll(standby).toBe('ams-2');
    await ada.ask({ type: 'activated', node_id: 'ams-2', from_node_id: 'ams-1', reason: 'silent' });
    await expect.poll(standby).toBe('fra-1');
    await ada.ask({ type: 'request_node', node_id: 'ams-2', reason: 'unreachable' });
    await evictDurableObject(room);
    const purposes = told(await placement(room)).filter(([purpose]) => purpose !== 'standby');
    expect(purposes).toEqual([
      ['move', 'unreachable_standby', 'fra-1', 'ams-2'],
      ['activation', 'standby', 'ams-2', 'ams-1'],
      ['join', 'nearest', 'ams-1', null],
    ]);
  });

  it('keeps only the latest', async () => {
    const { room, meeting } = newRoom({ max_participants: 1_000 });
    spareNodes();
    const ids: string[] = [];
    for (let i = 0; i < ROOM.placementLog.maxKept + 20; i += 1) {
      ids.push((await admitted(room, meeting, at(AMS))).participant_id);
    }
    const { decisions } = await placement(room);
    expect(decisions).toHaveLength(ROOM.placementLog.maxKept);
    expect(decisions[0]?.participants).toEqual([ids.at(-1)]);
  }, 30_000);

  it('is for hosts, the owner and operators', async () => {
    const { room, meeting } = newRoom();
    spareNodes();
    const host = await TestClient.join(room, meeting, { ...at(AMS), role: 'host' });
    const ada = await TestClient.join(room, meeting, at(AMS));
    await host.ask({ type: 'set_role', target_user: ada.id, role: 'co_host' });
    expect((await placement(room, { kind: 'participant', caller: host.caller })).nodes).toHaveLength(1);
    expect((await placement(room, { kind: 'operator' })).nodes).toHaveLength(1);
    for (const caller of [ada.caller, { ...host.caller, session_id: crypto.randomUUID() }]) {
      expect((await room.placement({ kind: 'participant', caller })).ok).toBe(false);
    }
  });

  it('outlives the meeting for a while, and knows nothing before it', async () => {
    const { room, meeting } = newRoom();
    spareNodes();
    expect(await room.placement({ kind: 'owner' })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
    await TestClient.join(room, meeting, at(AMS));
    await endByOwner(room);
    expect(told(await placement(room))).toEqual([['join', 'nearest', 'ams-1', null]]);
  });
});
