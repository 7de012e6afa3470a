import type { NodeVerdict } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANY_PLACE,
  type Candidate,
  distanceKm,
  freePlaces,
  PLACEMENT,
  type PlacementRequest,
  place,
  utilisation,
} from './index.ts';

const AMSTERDAM = { latitude: 52.37, longitude: 4.9 };
const PLACES = {
  'eu-amsterdam': AMSTERDAM,
  'eu-frankfurt': { latitude: 50.11, longitude: 8.68 },
  'us-ashburn': { latitude: 39.04, longitude: -77.49 },
  'in-mumbai': { latitude: 19.08, longitude: 72.88 },
};
type Place = keyof typeof PLACES;

function node(region: Place, change: Partial<Candidate> = {}): Candidate {
  return {
    id: region,
    region,
    location: PLACES[region],
    rtt_ms: null,
    capacity: 100,
    participants: 0,
    reserved: 0,
    busy: 0,
    health: 'up',
    caps_version: 1,
    failure_domain: change.id ?? region,
    attached: null,
    ...change,
  };
}

/** Numbers from 0 up to 1 that a seed makes repeat themselves (a linear congruence is random enough to choose nodes). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const request = (change: Partial<PlacementRequest> = {}): PlacementRequest => ({ ...ANY_PLACE, ...change });
const low = () => 0;
const put = (wish: Partial<PlacementRequest>, candidates: readonly Candidate[], random = low) =>
  place(request(wish), candidates, PLACEMENT, random);
const outcome = (wish: Partial<PlacementRequest>, candidates: readonly Candidate[]) => {
  const { chosen, reason } = put(wish, candidates);
  return chosen === null ? null : `${chosen.id} ${reason}`;
};
const verdicts = (wish: Partial<PlacementRequest>, candidates: readonly Candidate[]) =>
  Object.fromEntries(
    put(wish, candidates).considered.map(({ candidate, verdict }) => [candidate.id, verdict]),
  );

describe('distanceKm', () => {
  it('is what an atlas says', () => {
    expect(distanceKm(AMSTERDAM, PLACES['us-ashburn'])).toBeCloseTo(6_200, -2);
    expect(distanceKm({ latitude: 0, longitude: 180 }, { latitude: 0, longitude: -180 })).toBeCloseTo(0);
    const poles = [
      { latitude: 90, longitude: 0 },
      { latitude: -90, longitude: 77 },
    ] as const;
    expect(distanceKm(...poles)).toBeCloseTo(20_015, -1);
  });
});

describe('place', () => {
  const location = AMSTERDAM;

  it('takes the nearest, and spills to the next when it is full or away', () => {
    const far = node('us-ashburn');
    expect(outcome({ location }, [far, node('eu-amsterdam')])).toBe('eu-amsterdam nearest');
    expect(outcome({ location }, [far, node('eu-amsterdam', { participants: 100 })])).toBe(
      'us-ashburn spilled',
    );
    expect(outcome({ location }, [far, node('eu-amsterdam', { capacity: 0 })])).toBe('us-ashburn spilled');
    expect(outcome({ location }, [node('eu-amsterdam', { health: 'lost' })])).toBeNull();
  });

  it('believes a measurement more than the map', () => {
    const measured = node('us-ashburn', { rtt_ms: 12 });
    expect(outcome({ location }, [node('eu-frankfurt'), measured])).toBe('us-ashburn nearest');
  });

  it('relieves a busy region bit by bit, before it is full', () => {
    const near = (participants: number) => node('eu-amsterdam', { participants });
    const all = (participants: number) => [near(participants), node('eu-frankfurt'), node('us-ashburn')];
    expect(outcome({ location }, all(70))).toBe('eu-amsterdam nearest');
    expect(outcome({ location }, all(90))).toBe('eu-frankfurt relieved');
    expect(outcome({ location }, [near(99), node('us-ashburn')])).toBe('eu-amsterdam nearest');
  });

  it('counts those on the way, and work as well as places', () => {
    const counted = (change: Partial<Candidate>) => utilisation(node('eu-amsterdam', change));
    expect(counted({ participants: 20, reserved: 30 })).toBeCloseTo(0.5);
    expect(counted({ participants: 20, busy: 0.6 })).toBeCloseTo(0.6);
    expect(counted({ busy: 0.6, reserved: 30 })).toBeCloseTo(0.9);
    expect(freePlaces(node('eu-amsterdam', { participants: 20, reserved: 79.5 }))).toBe(0);
  });

  it('keeps to a node of the meeting unless another gains enough', () => {
    const meeting = (region: Place) => node(region, { attached: 3 });
    expect(outcome({ location }, [meeting('eu-amsterdam')])).toBe('eu-amsterdam in_meeting');
    expect(outcome({ location }, [meeting('eu-frankfurt'), node('eu-amsterdam')])).toBe(
      'eu-frankfurt reused',
    );
    expect(outcome({ location }, [meeting('us-ashburn'), node('eu-amsterdam')])).toBe('eu-amsterdam nearest');
  });

  it('goes where people of the meeting are rather than where one only stands by', () => {
    const both = [
      node('eu-amsterdam', { id: 'a', attached: 0 }),
      node('eu-amsterdam', { id: 'b', attached: 9 }),
    ];
    expect(outcome({ location }, both)).toBe('b in_meeting');
  });

  it('leaves the last places of a node to its other meetings', () => {
    const large = node('eu-amsterdam', { id: 'large', attached: 80, participants: 80 });
    const wish = { location };
    expect(verdicts(wish, [large, node('eu-amsterdam')])).toMatchObject({ large: 'meeting_share' });
    expect(outcome({ location, prefer: 'large' }, [large, node('eu-amsterdam')])).toBe('large preferred');
  });

  it('says of each why not', () => {
    const wish = { location, residency: 'eu', caps_version: 1, exclude: ['out'] } as const;
    const candidates = [
      node('eu-amsterdam'),
      node('eu-frankfurt'),
      node('us-ashburn', { id: 'abroad' }),
      node('eu-amsterdam', { id: 'out' }),
      node('eu-amsterdam', { id: 'old', caps_version: 0 }),
      node('eu-amsterdam', { id: 'none', capacity: 0 }),
      node('eu-amsterdam', { id: 'packed', participants: 100 }),
      node('eu-amsterdam', { id: 'ill', health: 'suspect' }),
    ];
    expect(verdicts(wish, candidates)).toEqual({
      'eu-amsterdam': 'chosen',
      'eu-frankfurt': 'usable',
      abroad: 'residency',
      out: 'excluded',
      old: 'incompatible',
      none: 'no_nodes',
      packed: 'full',
      ill: 'suspect',
    });
  });

  it('goes by load alone when nobody knows where the participant is', () => {
    const both = [node('in-mumbai', { participants: 10 }), node('us-ashburn', { participants: 20 })];
    expect(outcome({}, both)).toBe('in-mumbai emptiest');
  });
});

describe('a standby', () => {
  const location = AMSTERDAM;
  const standby = { region: 'eu-frankfurt', failure_domains: ['rack-1'] };

  it('is in another failure domain of the region of its primary, be another region nearer', () => {
    const candidates = [
      node('eu-frankfurt', { id: 'same', failure_domain: 'rack-1' }),
      node('eu-frankfurt', { id: 'apart', failure_domain: 'rack-2' }),
      node('eu-amsterdam', { failure_domain: 'rack-1' }),
    ];
    expect(outcome({ location, standby }, candidates)).toBe('apart same_region');
    expect(verdicts({ location, standby }, candidates)).toMatchObject({ same: 'failure_domain' });
    // A rack of the same name elsewhere is another rack.
    expect(outcome({ location, standby }, candidates.slice(2))).toBe('eu-amsterdam nearest');
  });

  it('is in the nearest other region when that of the primary has none', () => {
    const candidates = [node('us-ashburn'), node('eu-amsterdam'), node('eu-frankfurt', { health: 'full' })];
    expect(outcome({ location, standby }, candidates)).toBe('eu-amsterdam nearest');
  });

  it('is no node of the meeting at the other end of the world', () => {
    const away = node('us-ashburn', { location: { latitude: -36, longitude: 174 }, attached: 2 });
    expect(verdicts({ location, standby }, [away])).toEqual({ 'us-ashburn': 'far' });
  });
});

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const anyLocation = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const anyHealth = fc.constantFrom<NodeVerdict[]>('up', 'up', 'up', 'suspect', 'lost', 'draining', 'full');
const anyCandidate = fc
  .record({
    id: fc.uuid(),
    region: fc.constantFrom<Place[]>('eu-amsterdam', 'eu-frankfurt', 'us-ashburn', 'in-mumbai'),
    rtt_ms: fc.option(fc.nat(300), { freq: 5 }),
    capacity: fc.nat(20),
    participants: fc.nat(22),
    reserved: fc.nat(5),
    busy: fraction,
    health: anyHealth,
    caps_version: fc.constantFrom(1, 1, 1, 2, null),
    failure_domain: fc.constantFrom('rack-1', 'rack-2', 'rack-3', null),
    attached: fc.option(fc.nat(20)),
  })
  .map((change): Candidate => node(change.region, change));
const anyCandidates = fc.uniqueArray(anyCandidate, { selector: ({ id }) => id, maxLength: 15 });
const anyRequest = fc.record<PlacementRequest>({
  location: fc.option(anyLocation),
  line_ms: fc.nat(600),
  residency: fc.constantFrom<('none' | 'eu')[]>('none', 'none', 'eu'),
  caps_version: fc.constantFrom(1, null),
  exclude: fc.constant([]),
  prefer: fc.constant(null),
  standby: fc.option(
    fc.record({ region: fc.constant('eu-frankfurt'), failure_domains: fc.subarray(['rack-1', 'rack-2']) }),
  ),
});
const anySeed = fc.integer();

describe('whatever there is to choose from, place', () => {
  it('chooses something if and only if something can be used, and explains every candidate once', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates, anySeed, (wish, candidates, seed) => {
        const { chosen, considered } = place(wish, candidates, PLACEMENT, seeded(seed));
        expect(considered.map(({ candidate }) => candidate.id).sort()).toEqual(
          candidates.map(({ id }) => id).sort(),
        );
        const usable = considered.filter(({ verdict }) => verdict === 'usable' || verdict === 'chosen');
        expect(considered.slice(0, usable.length)).toEqual(usable);
        expect(chosen).toBe(usable[0]?.candidate ?? null);
      }),
    );
  });

  it('never chooses one that is full, not well, incompatible, abroad or falls with the primary', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates, anySeed, (wish, candidates, seed) => {
        const { chosen } = place(wish, candidates, PLACEMENT, seeded(seed));
        if (chosen === null) return;
        expect(chosen.participants + chosen.reserved + 1).toBeLessThanOrEqual(chosen.capacity);
        expect(chosen.health).toBe('up');
        if (wish.caps_version !== null) expect([wish.caps_version, null]).toContain(chosen.caps_version);
        if (wish.residency === 'eu') expect(chosen.region).toMatch(/^eu-/);
        if (wish.standby?.region === chosen.region) {
          expect(wish.standby.failure_domains).not.toContain(chosen.failure_domain);
        }
      }),
    );
  });

  it('never takes a longer way than its thresholds explain', () => {
    const { meeting, load, standby } = PLACEMENT;
    fc.assert(
      fc.property(anyRequest, anyCandidates, anySeed, (wish, candidates, seed) => {
        const { considered } = place(wish, candidates, PLACEMENT, seeded(seed));
        const [first, ...rest] = considered.filter(
          ({ verdict }) => verdict === 'usable' || verdict === 'chosen',
        );
        const worth = meeting.newNodeMs + load.fullMs + (wish.standby === null ? 0 : standby.otherRegionMs);
        for (const { score } of rest) {
          expect(first?.score.path_ms).toBeLessThanOrEqual(score.path_ms + worth);
        }
      }),
    );
  });

  it('says the same again with the same seed, in whatever order it is asked', () => {
    const shuffled = anyCandidates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(anyRequest, shuffled, anySeed, (wish, [a, b], seed) => {
        expect(place(wish, a, PLACEMENT, seeded(seed))).toEqual(place(wish, b, PLACEMENT, seeded(seed)));
      }),
    );
  });

  it('still takes the best one when it is nearer or emptier yet', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates, fc.nat(50), fraction, (wish, candidates, ms, part) => {
        const known = candidates.map((one) => ({ ...one, rtt_ms: one.rtt_ms ?? 100 }));
        const { considered } = place(wish, known, PLACEMENT, low);
        const usable = considered.filter(({ verdict }) => verdict === 'usable' || verdict === 'chosen');
        const best = usable.toSorted((a, b) => a.score.total_ms - b.score.total_ms)[0]?.candidate;
        if (!best) return;
        const better = {
          ...best,
          rtt_ms: Math.max(0, (best.rtt_ms ?? 0) - ms),
          participants: Math.floor(best.participants * part),
          busy: best.busy * part,
        };
        const again = place(wish, [...known.filter(({ id }) => id !== best.id), better], PLACEMENT, low);
        expect(again.chosen?.region).toBe(best.region);
      }),
    );
  });

  it('is the same region whatever the dice say', () => {
    fc.assert(
      fc.property(anyRequest, anyCandidates, anySeed, anySeed, (wish, candidates, one, other) => {
        const a = place(wish, candidates, PLACEMENT, seeded(one)).chosen;
        const b = place(wish, candidates, PLACEMENT, seeded(other)).chosen;
        expect(a?.region).toBe(b?.region);
      }),
    );
  });
});

describe('two random choices', () => {
  it('take the emptier', () => {
    const both = [
      node('eu-amsterdam', { id: 'a', participants: 5 }),
      node('eu-amsterdam', { id: 'b', busy: 0.4 }),
    ];
    expect(put({}, both).chosen?.id).toBe('a');
  });

  it('spread a rush: no node is far ahead of another', () => {
    const random = seeded(7);
    let nodes = Array.from({ length: 10 }, (_, i) => node('eu-amsterdam', { id: `n${i}`, capacity: 500 }));
    for (let i = 0; i < 1_000; i++) {
      const { chosen } = put({}, nodes, random);
      nodes = nodes.map((one) => (one === chosen ? { ...one, reserved: one.reserved + 1 } : one));
    }
    const counts = nodes.map(({ reserved }) => reserved);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(10);
  });
});
