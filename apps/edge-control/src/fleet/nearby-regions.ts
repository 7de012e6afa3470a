import { LIMITS, type Location, type NearbyRegions } from '@meridian/protocol';
import { PLACEMENT, rankRegions } from '../placement/index.ts';
import type { RegionSnapshot } from './contract.ts';

/**
 * Where somebody would be placed by the map alone, nearest first, as far as the way there can be measured. `away` are
 * cells that do not answer.
 */
export function nearbyRegions(
  regions: readonly RegionSnapshot[],
  location: Location | null,
  away: ReadonlySet<string>,
): NearbyRegions['regions'] {
  // To which of its cells the way to a region is measured makes no difference.
  const { cells } = rankRegions(regions, { location, residency: 'none', away }, PLACEMENT, () => 0);
  const known = new Map(regions.map((one) => [one.cell, one]));
  const probes = new Map<string, string>();
  for (const cell of cells) {
    const { region, probe_url } = known.get(cell) ?? {};
    if (region && probe_url && !probes.has(region)) probes.set(region, probe_url);
  }
  return [...probes].slice(0, LIMITS.nearbyRegions).map(([region, probe_url]) => ({ region, probe_url }));
}
