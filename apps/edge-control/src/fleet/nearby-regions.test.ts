import { LIMITS } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import type { RegionSnapshot } from './contract.ts';
import { nearbyRegions } from './nearby-regions.ts';

const HERE = { latitude: 0, longitude: 0 };

/** So many degrees away. */
function region(degrees: number, change: Partial<RegionSnapshot> = {}): RegionSnapshot {
  const name = `at-${degrees}`;
  return {
    region: name,
    cell: `${name}:0`,
    location: { latitude: 0, longitude: degrees },
    nodes_up: 1,
    capacity: 500,
    free: 400,
    probe_url: `https://${name}.example/healthz`,
    reported_at: 0,
    ...change,
  };
}

const near = (regions: RegionSnapshot[], away: string[] = []) =>
  nearbyRegions(regions, HERE, new Set(away)).map((one) => one.region);

describe('nearbyRegions', () => {
  it('names the nearest few, and where to measure', () => {
    const all = [50, 10, 40, 20, 30, 60].map((degrees) => region(degrees));
    expect(near(all)).toEqual(['at-10', 'at-20', 'at-30', 'at-40']);
    expect(near(all)).toHaveLength(LIMITS.nearbyRegions);
    expect(nearbyRegions([region(10)], HERE, new Set())).toEqual([
      { region: 'at-10', probe_url: 'https://at-10.example/healthz' },
    ]);
  });

  it('leaves out where nobody can be placed, and what cannot be measured', () => {
    const all = [
      region(10, { free: 0 }),
      region(20, { capacity: 0 }),
      region(30, { probe_url: null }),
      region(40),
      region(50),
    ];
    const { probe_url: _, ...unsaid } = region(5);
    expect(near([...all, unsaid], ['at-40:0'])).toEqual(['at-50']);
  });

  it('names a region with several cells once, by one that can be measured', () => {
    const cells = [
      region(10, { probe_url: null }),
      region(10, { cell: 'at-10:1' }),
      region(10, { cell: 'at-10:2' }),
    ];
    expect(near([...cells, region(20)])).toEqual(['at-10', 'at-20']);
  });
});
