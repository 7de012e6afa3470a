import type { Location } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegionSnapshot } from './contract.ts';
import { distanceKm } from './distance.ts';
import { rankRegions } from './placement.ts';

const BAND = 300;
const AMSTERDAM: Location = { latitude: 52.37, longitude: 4.9 };
const LOCATIONS = {
  'eu-west': AMSTERDAM,
  'eu-central': { latitude: 50.11, longitude: 8.68 },
  'us-east': { latitude: 39.04, longitude: -77.49 },
  'ap-south': { latitude: 19.08, longitude: 72.88 },
};

function region(name: keyof typeof LOCATIONS, free = 100, nodes_up = 1): RegionSnapshot {
  return { region: name, cell: `${name}:0`, location: LOCATIONS[name], nodes_up, free, reported_at: 0 };
}

describe('distanceKm', () => {
  it('is what an atlas says', () => {
    expect(distanceKm(AMSTERDAM, LOCATIONS['us-east'])).toBeCloseTo(6_200, -2);
    expect(distanceKm({ latitude: 0, longitude: 180 }, { latitude: 0, longitude: -180 })).toBeCloseTo(0);
    expect(distanceKm({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 })).toBeCloseTo(
      20_015,
      -1,
    );
  });
});

describe('rankRegions', () => {
  it('takes the nearest, and spills to the next when it is full or empty', () => {
    const near = { latitude: 40.7, longitude: -74 };
    const all = [region('eu-west'), region('us-east'), region('ap-south')];
    expect(rankRegions(all, near, 'none', BAND).cells).toEqual(['us-east:0', 'eu-west:0', 'ap-south:0']);
    const spilt = rankRegions(
      [region('eu-west'), region('us-east', 0), region('ap-south', 5, 0)],
      near,
      'none',
      BAND,
    );
    expect(spilt.cells).toEqual(['eu-west:0']);
    expect(spilt.candidates).toMatchObject([
      { region: 'eu-west', verdict: 'usable' },
      { region: 'us-east', verdict: 'full', distance_km: expect.any(Number) },
      { region: 'ap-south', verdict: 'no_nodes' },
    ]);
  });

  it('takes the emptier of two that are as good as equally near', () => {
    const between = { latitude: 51.3, longitude: 6.7 };
    const cells = (a: number, b: number) =>
      rankRegions([region('eu-west', a), region('eu-central', b)], between, 'none', BAND).cells;
    expect(cells(10, 90)).toEqual(['eu-central:0', 'eu-west:0']);
    expect(cells(90, 10)).toEqual(['eu-west:0', 'eu-central:0']);
  });

  it('goes by free places alone when nobody knows where the participant is', () => {
    const { cells, candidates } = rankRegions(
      [region('eu-west', 1), region('ap-south', 9)],
      null,
      'none',
      BAND,
    );
    expect(cells).toEqual(['ap-south:0', 'eu-west:0']);
    expect(candidates[0]?.distance_km).toBeNull();
  });

  it('keeps a resident meeting where it belongs', () => {
    const near = { latitude: 40.7, longitude: -74 };
    const { cells, candidates } = rankRegions([region('us-east'), region('eu-west')], near, 'eu', BAND);
    expect(cells).toEqual(['eu-west:0']);
    expect(candidates).toMatchObject([{ verdict: 'usable' }, { region: 'us-east', verdict: 'residency' }]);
  });

  const location = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });
  const snapshots = fc.uniqueArray(
    fc.record({
      region: fc.constantFrom('eu-1', 'eu-2', 'us-1', 'us-2', 'ap-1', 'ap-2', 'sa-1', 'af-1'),
      location,
      nodes_up: fc.nat(3),
      free: fc.nat(100),
    }),
    { selector: ({ region }) => region },
  );
  const regions = snapshots.map((all): RegionSnapshot[] =>
    all.map((one) => ({ ...one, cell: `${one.region}:0`, reported_at: 0 })),
  );

  it('explains every region once and never offers one without a place', () => {
    fc.assert(
      fc.property(regions, fc.option(location), (all, where) => {
        const { cells, candidates } = rankRegions(all, where, 'none', BAND);
        expect(candidates.map(({ cell }) => cell).sort()).toEqual(all.map(({ cell }) => cell).sort());
        const open = all.filter(({ nodes_up, free }) => nodes_up > 0 && free > 0).map(({ cell }) => cell);
        expect([...cells].sort()).toEqual(open.sort());
      }),
    );
  });

  it('never prefers a region that is farther by more than a band', () => {
    fc.assert(
      fc.property(regions, location, (all, where) => {
        const { candidates } = rankRegions(all, where, 'none', BAND);
        const distances = candidates
          .filter(({ verdict }) => verdict === 'usable')
          .map(({ distance_km }) => distance_km ?? Number.NaN);
        for (const [i, distance] of distances.entries()) {
          for (const later of distances.slice(i + 1)) expect(distance).toBeLessThanOrEqual(later + BAND + 1);
        }
      }),
    );
  });

  it('does not depend on the order in which regions are listed', () => {
    const shuffled = regions.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.option(location), ([a, b], where) => {
        expect(rankRegions(a, where, 'none', BAND)).toEqual(rankRegions(b, where, 'none', BAND));
      }),
    );
  });
});
