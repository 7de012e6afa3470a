import { describe, expect, it } from 'vitest';
import type { RegionSnapshot } from '../fleet/contract.ts';
import { PLACEMENT, type RegionWish, rankRegions } from './index.ts';

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
