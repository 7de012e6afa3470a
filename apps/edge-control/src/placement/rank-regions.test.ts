import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegionSnapshot } from '../fleet/contract.ts';
import { distanceKm, PLACEMENT, type RegionWish, rankRegions } from './index.ts';
import { estimatedMs } from './path.ts';

const NEW_YORK = { latitude: 40.7, longitude: -74 };
const LOCATIONS = {
  'eu-amsterdam': { latitude: 52.37, longitude: 4.9 },
  'eu-frankfurt': { latitude: 50.11, longitude: 8.68 },
  'us-ashburn': { latitude: 39.04, longitude: -77.49 },
  'in-mumbai': { latitude: 19.08, longitude: 72.88 },
};

function region(name: keyof typeof LOCATIONS, change: Partial<RegionSnapshot> = {}): RegionSnapshot {
  const location = LOCATIONS[name];
  const figures = { nodes_up: 1, capacity: 500, free: 400, reported_at: 0 };
  return { region: name, cell: `${name}:0`, location, ...figures, ...change };
}

const WISH: RegionWish = { location: NEW_YORK, residency: 'none', standby: null };
const rank = (regions: readonly RegionSnapshot[], wish: Partial<RegionWish> = {}, random = () => 0) =>
  rankRegions(regions, { ...WISH, ...wish }, PLACEMENT, random);
const verdicts = (regions: readonly RegionSnapshot[], wish: Partial<RegionWish> = {}) =>
  rank(regions, wish).considered.map(({ candidate, verdict }) => `${candidate.region} ${verdict}`);

describe('rankRegions', () => {
  it('asks near cells before far ones, and leaves out those that have no place', () => {
    const all = [region('in-mumbai'), region('eu-amsterdam'), region('us-ashburn')];
    expect(rank(all).cells).toEqual(['us-ashburn:0', 'eu-amsterdam:0', 'in-mumbai:0']);
    const some = [
      region('eu-amsterdam'),
      region('us-ashburn', { free: 0 }),
      region('in-mumbai', { capacity: 0 }),
    ];
    expect(rank(some).cells).toEqual(['eu-amsterdam:0']);
    expect(verdicts(some)).toEqual(['eu-amsterdam chosen', 'us-ashburn full', 'in-mumbai no_nodes']);
  });

  it('spares a region that is nearly full when another is not much farther', () => {
    const location = LOCATIONS['eu-amsterdam'];
    const cells = (free: number) =>
      rank([region('eu-amsterdam', { free }), region('eu-frankfurt')], { location }).cells;
    expect(cells(200)).toEqual(['eu-amsterdam:0', 'eu-frankfurt:0']);
    expect(cells(20)).toEqual(['eu-frankfurt:0', 'eu-amsterdam:0']);
  });

  it('believes what the participant has measured', () => {
    const roundTrips = { 'eu-amsterdam': 20, 'us-ashburn': 90 };
    const all = [region('us-ashburn'), region('eu-amsterdam'), region('in-mumbai')];
    expect(rank(all, { roundTrips }).cells).toEqual(['eu-amsterdam:0', 'us-ashburn:0', 'in-mumbai:0']);
    expect(rank(all, { roundTrips, location: null }).cells).toEqual([
      'eu-amsterdam:0',
      'us-ashburn:0',
      'in-mumbai:0',
    ]);
  });

  it('takes what all measured ways have in common for the access line, of the others too', () => {
    const all = [region('us-ashburn'), region('eu-amsterdam'), region('in-mumbai')];
    const paths = (roundTrips: Record<string, number>) =>
      Object.fromEntries(
        rank(all, { roundTrips }).considered.map(({ candidate, score }) => [candidate.region, score.path_ms]),
      );
    const near = paths({})['us-ashburn'] ?? 0;
    const far = paths({})['in-mumbai'] ?? 0;
    expect(rank(all, { roundTrips: { 'us-ashburn': near + 600 } }).cells[0]).toBe('us-ashburn:0');
    expect(paths({ 'us-ashburn': near + 600 })['in-mumbai']).toBeCloseTo(far + 600, -1);
    // One way that is a detour says nothing of the others, nor does one that is shorter than was thought.
    expect(paths({ 'us-ashburn': near, 'eu-amsterdam': 500 })['in-mumbai']).toBeCloseTo(far, -1);
    expect(paths({ 'us-ashburn': 1 })['in-mumbai']).toBe(far);
  });

  it('goes where it was measured when nobody knows where that is', () => {
    const roundTrips = { 'us-ashburn': 140 };
    expect(
      rank([region('eu-amsterdam'), region('us-ashburn')], { roundTrips, location: null }).cells,
    ).toEqual(['us-ashburn:0', 'eu-amsterdam:0']);
  });

  it('ranks the same whatever all ways that were measured have on top', () => {
    const anyRegion = fc.record({
      name: fc.constantFrom<(keyof typeof LOCATIONS)[]>(
        'eu-amsterdam',
        'eu-frankfurt',
        'us-ashburn',
        'in-mumbai',
      ),
      free: fc.integer({ min: 200, max: 500 }),
      detour: fc.option(fc.nat(300)),
    });
    const anyLocation = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const anyRegions = fc.uniqueArray(anyRegion, { selector: ({ name }) => name });
    fc.assert(
      fc.property(anyLocation, anyRegions, fc.nat(2_000), (location, some, delay) => {
        const all = some.map(({ name, free }) => region(name, { free }));
        const order = (more: number) => {
          const measured = some.flatMap(({ name, detour }) => {
            const estimate = estimatedMs(distanceKm(location, LOCATIONS[name]), PLACEMENT);
            return detour === null ? [] : [[name, Math.ceil(estimate) + detour + more]];
          });
          return rank(all, { location, roundTrips: Object.fromEntries(measured) }).cells;
        };
        expect(order(delay)).toEqual(order(0));
      }),
    );
  });

  it('keeps a resident meeting where it belongs', () => {
    expect(verdicts([region('us-ashburn'), region('eu-amsterdam')], { residency: 'eu' })).toEqual([
      'eu-amsterdam chosen',
      'us-ashburn residency',
    ]);
  });

  it('looks for a standby in the region of its primary first', () => {
    const standby = { region: 'eu-frankfurt', failure_domains: ['rack-1'] };
    const location = LOCATIONS['eu-amsterdam'];
    expect(rank([region('eu-amsterdam'), region('eu-frankfurt')], { location, standby }).cells).toEqual([
      'eu-frankfurt:0',
      'eu-amsterdam:0',
    ]);
  });

  it('spreads people over the cells of a region, which all look empty between two pictures', () => {
    const cells = Array.from({ length: 4 }, (_, i) =>
      region('us-ashburn', { cell: `us-ashburn:${i}`, free: 400 }),
    );
    const first = [0, 0.25, 0.5, 0.75].map((chance) => rank(cells, {}, () => chance).cells[0]);
    expect(new Set(first).size).toBe(4);
  });
});
