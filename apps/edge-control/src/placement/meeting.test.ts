import type { NodeDescription, PlacementCandidate } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import {
  type Claim,
  chooseHeld,
  chooseNode,
  chooseStandby,
  explainAll,
  type MeetingNode,
  PLACEMENT,
  type StandbyWish,
} from './index.ts';

const CITIES = {
  amsterdam: { region: 'eu-amsterdam', location: { latitude: 52.4, longitude: 4.9 } },
  frankfurt: { region: 'eu-frankfurt', location: { latitude: 50.1, longitude: 8.7 } },
  virginia: { region: 'us-ashburn', location: { latitude: 38.9, longitude: -77.4 } },
};
type City = keyof typeof CITIES;

function described(city: City, node_id: string): NodeDescription {
  return {
    node_id,
    boot_id: '00000000-0000-4000-8000-000000000001',
    ...CITIES[city],
    url: `wss://${node_id}.example/media`,
    relay_url: `wss://${node_id}.example/relay`,
    address: '192.0.2.1',
    port: 40_000,
    dtls_fingerprint: 'AB:CD',
    failure_domain: node_id,
    capacity: 500,
    bits_capacity_per_s: 1e9,
    version: '1.0.0',
    caps_version: 1,
  };
}

function member(city: City, id: string, change: Partial<MeetingNode> = {}): MeetingNode {
  return { node: described(city, id), attached: 1, standbys: 0, reachable: true, ...change };
}

const from = (city: City) => CITIES[city].location;
const choose = (meeting: MeetingNode[], reserved: NodeDescription, location = from('amsterdam')) =>
  chooseNode(meeting, { node: reserved, regions: [] }, location, PLACEMENT);

describe('chooseNode', () => {
  it('keeps the reserved place in a meeting without nodes', () => {
    expect(choose([], described('amsterdam', 'ams-1'))).toMatchObject({
      node: { node_id: 'ams-1' },
      keepReservation: true,
      reason: 'nearest',
    });
  });

  it('keeps the reserved place when it is on a node with people of the meeting', () => {
    const meeting = [
      member('amsterdam', 'ams-1', { attached: 450, reachable: false }),
      member('amsterdam', 'ams-2'),
    ];
    expect(choose(meeting, described('amsterdam', 'ams-1'))).toMatchObject({
      keepReservation: true,
      reason: 'preferred',
    });
  });

  it('gives it back where the node only stands by and people are at another', () => {
    const meeting = [
      member('amsterdam', 'ams-1', { attached: 0, standbys: 4 }),
      member('amsterdam', 'ams-2'),
    ];
    expect(choose(meeting, described('amsterdam', 'ams-1'))).toMatchObject({
      node: { node_id: 'ams-2' },
      keepReservation: false,
    });
  });

  it('reuses the emptiest node of the region, by id among equals', () => {
    const meeting = [
      member('amsterdam', 'ams-3', { attached: 9 }),
      member('amsterdam', 'ams-2', { attached: 3 }),
      member('amsterdam', 'ams-1', { attached: 3 }),
    ];
    expect(choose(meeting, described('amsterdam', 'ams-9'))).toMatchObject({
      node: { node_id: 'ams-1' },
      keepReservation: false,
      reason: 'in_meeting',
    });
  });

  it('leaves full nodes and those without a link alone', () => {
    const meeting = [
      member('amsterdam', 'ams-1', { attached: 500 * PLACEMENT.meeting.share }),
      member('amsterdam', 'ams-2', { reachable: false }),
    ];
    expect(choose(meeting, described('amsterdam', 'ams-9')).node.node_id).toBe('ams-9');
  });

  it('reuses a node elsewhere when a nearer one gains little, and lets the nearer one in when it gains much', () => {
    const meeting = [member('amsterdam', 'ams-1')];
    expect(choose(meeting, described('frankfurt', 'fra-1'), from('frankfurt'))).toMatchObject({
      node: { node_id: 'ams-1' },
      reason: 'reused',
    });
    for (const location of [from('virginia'), null]) {
      expect(
        chooseNode(meeting, { node: described('virginia', 'iad-1'), regions: [] }, location, PLACEMENT),
      ).toMatchObject({
        node: { node_id: 'iad-1' },
        keepReservation: true,
      });
    }
  });
});

describe('chooseHeld', () => {
  const meeting = [member('amsterdam', 'ams-1'), member('amsterdam', 'ams-2', { attached: 2 })];
  const reserved = { node: described('frankfurt', 'fra-1'), regions: [] };
  const held = (claim: Claim | null, here: string | null = null) => {
    const choice = chooseHeld(meeting, reserved, from('frankfurt'), PLACEMENT, { claim, here });
    const verdicts = choice.considered.map(({ candidate, verdict }) => `${candidate.id} ${verdict}`);
    return { chosen: `${choice.node.node_id} ${choice.reason}`, kept: choice.keepReservation, verdicts };
  };

  it('takes the node of the meeting whose cell has a place', () => {
    expect(held({ node_id: 'ams-1', granted: true })).toEqual({
      chosen: 'ams-1 reused',
      kept: false,
      verdicts: ['ams-1 chosen', 'ams-2 usable', 'fra-1 usable'],
    });
    // The better one has come since the other was asked for.
    expect(held({ node_id: 'ams-2', granted: true }).chosen).toBe('ams-2 reused');
  });

  it('takes the reserved place where the cell has none, and says so', () => {
    expect(held({ node_id: 'ams-1', granted: false })).toEqual({
      chosen: 'fra-1 nearest',
      kept: true,
      verdicts: ['fra-1 chosen', 'ams-1 full', 'ams-2 excluded'],
    });
    expect(held(null).chosen).toBe('fra-1 nearest');
  });

  it('leaves people where they are when nothing that is held is better', () => {
    expect(held({ node_id: 'ams-1', granted: false }, 'ams-2')).toMatchObject({
      chosen: 'ams-2 reused',
      kept: false,
    });
  });
});

describe('chooseNode, told of regions', () => {
  const about = (city: City, utilisation: number, path_ms: number): PlacementCandidate => ({
    kind: 'region',
    id: `${CITIES[city].region}:0`,
    region: CITIES[city].region,
    distance_km: 0,
    free: 1,
    utilisation,
    verdict: 'usable',
    score: { path_ms, new_node_ms: 15, load_ms: 0, other_region_ms: 0, total_ms: path_ms + 15 },
  });
  const meeting = [member('amsterdam', 'ams-1')];
  const chosen = (...regions: PlacementCandidate[]) =>
    chooseNode(meeting, { node: described('frankfurt', 'fra-1'), regions }, from('frankfurt'), PLACEMENT).node
      .node_id;

  it('reuses no node of a region that is full, and less of one that is nearly so', () => {
    const full = (utilisation: number) =>
      chosen(about('amsterdam', utilisation, 16), about('frankfurt', 0, 10));
    expect([0.5, 0.9, 1].map(full)).toEqual(['ams-1', 'fra-1', 'fra-1']);
  });

  it('reuses no node of a region whose cells do not answer', () => {
    const silent = { ...about('amsterdam', 0, 16), verdict: 'away' };
    expect(chosen(silent, about('frankfurt', 0, 10))).toBe('fra-1');
    expect(chosen(silent, { ...about('amsterdam', 0, 16), id: 'another' })).toBe('ams-1');
  });

  it('says why it is not in a nearer region', () => {
    const why = (...nearer: PlacementCandidate[]) =>
      chooseNode(
        [],
        { node: described('virginia', 'iad-1'), regions: [...nearer, about('virginia', 0, 90)] },
        from('amsterdam'),
        PLACEMENT,
      ).reason;
    expect(why()).toBe('nearest');
    expect(why({ ...about('amsterdam', 0, 10), verdict: 'away' })).toBe('spilled');
    expect(why({ ...about('amsterdam', 0, 10), verdict: 'full' })).toBe('spilled');
    expect(why(about('amsterdam', 0.99, 80))).toBe('relieved');
    expect(why({ ...about('amsterdam', 0, 95), verdict: 'full' })).toBe('nearest');
  });

  it('knows that a slow access line is as slow to regions that are not named', () => {
    const far = [member('virginia', 'iad-1')];
    const found = { node: described('frankfurt', 'fra-1'), regions: [about('frankfurt', 0, 610)] };
    expect(chooseNode(far, found, from('frankfurt'), PLACEMENT).node.node_id).toBe('fra-1');
  });

  it('goes by round trips that were measured', () => {
    expect(chosen(about('amsterdam', 0, 40), about('frankfurt', 0, 10))).toBe('fra-1');
    expect(chosen(about('amsterdam', 0, 20), about('frankfurt', 0, 10))).toBe('ams-1');
  });
});

describe('chooseStandby', () => {
  const wish: StandbyWish = {
    primary: described('frankfurt', 'fra-1'),
    location: from('amsterdam'),
    exclude: [],
  };
  const chosen = (meeting: MeetingNode[], change: Partial<StandbyWish> = {}) =>
    chooseStandby(meeting, { ...wish, ...change }, PLACEMENT).chosen?.id ?? null;

  it('takes a node of the meeting, of the region of the primary if there is one', () => {
    const meeting = [
      member('amsterdam', 'ams-1'),
      member('frankfurt', 'fra-1'),
      member('frankfurt', 'fra-2'),
    ];
    expect(chosen(meeting)).toBe('fra-2');
    expect(chosen(meeting, { exclude: ['fra-2'] })).toBe('ams-1');
    expect(chosen(meeting.slice(1, 2))).toBeNull();
  });

  it('takes the one that others have: who is lost together meets again', () => {
    const meeting = [
      member('frankfurt', 'fra-2', { attached: 0 }),
      member('frankfurt', 'fra-3', { attached: 0, standbys: 2 }),
    ];
    expect(chosen(meeting)).toBe('fra-3');
  });

  it('never lets more people depend on a node than it holds', () => {
    const meeting = [member('frankfurt', 'fra-2', { attached: 300, standbys: 150 })];
    expect(chosen(meeting)).toBeNull();
  });
});

describe('explainAll', () => {
  it('names the first candidates with what spoke for and against them', () => {
    const { considered } = choose([member('amsterdam', 'ams-1')], described('virginia', 'iad-1'));
    expect(explainAll(considered, 'node', from('amsterdam'))).toMatchObject([
      { kind: 'node', id: 'ams-1', distance_km: 0, free: 499, verdict: 'chosen', score: { new_node_ms: 0 } },
      { id: 'iad-1', verdict: 'usable', score: { path_ms: 103, new_node_ms: 15, total_ms: 118 } },
    ]);
    const many = Array.from({ length: 20 }, (_, i) => member('amsterdam', `ams-${i}`));
    const all = choose(many, described('virginia', 'iad-1')).considered;
    expect(explainAll(all, 'node', null)).toHaveLength(PLACEMENT.log.candidates);
  });
});
