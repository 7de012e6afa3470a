import type { Location } from '@meridian/protocol';
import type { Residency } from '../storage/meeting-id.ts';
import type { RegionSnapshot } from './contract.ts';
import { distanceKm } from './distance.ts';

/** Why a region stands where it does. Logged with a join, so that every placement can be explained. */
export type Candidate = {
  region: string;
  cell: string;
  /** Null when the participant's location is unknown. Kilometres. */
  distance_km: number | null;
  free: number;
  verdict: 'usable' | 'no_nodes' | 'full' | 'residency';
};

export type Ranking = {
  /** Usable cells, best first. */
  cells: string[];
  /** All regions, usable ones first and in order. */
  candidates: Candidate[];
};

/**
 * Orders the regions for one participant: near before far, in bands of `bandKm` within which the region with
 * more free places comes first. Without a location only free capacity counts. The order is total, so the same
 * input always gives the same answer.
 */
export function rankRegions(
  regions: readonly RegionSnapshot[],
  location: Location | null,
  residency: Residency,
  bandKm: number,
): Ranking {
  const candidates = regions.map((region): Candidate & { band: number } => {
    const distance = location === null ? null : distanceKm(location, region.location);
    return {
      region: region.region,
      cell: region.cell,
      distance_km: distance === null ? null : Math.round(distance),
      free: region.free,
      verdict: verdictOn(region, residency),
      band: distance === null ? 0 : Math.floor(distance / bandKm),
    };
  });
  candidates.sort(
    (a, b) =>
      Number(a.verdict !== 'usable') - Number(b.verdict !== 'usable') ||
      a.band - b.band ||
      b.free - a.free ||
      (a.distance_km ?? 0) - (b.distance_km ?? 0) ||
      (a.cell < b.cell ? -1 : a.cell > b.cell ? 1 : 0),
  );
  return {
    cells: candidates.filter(({ verdict }) => verdict === 'usable').map(({ cell }) => cell),
    candidates: candidates.map(({ band: _, ...candidate }) => candidate),
  };
}

function verdictOn(region: RegionSnapshot, residency: Residency): Candidate['verdict'] {
  if (!mayHold(region.region, residency)) return 'residency';
  if (region.nodes_up === 0) return 'no_nodes';
  if (region.free <= 0) return 'full';
  return 'usable';
}

/** Media of a resident meeting stays in regions of that jurisdiction, which their names begin with. */
function mayHold(region: string, residency: Residency): boolean {
  return residency === 'none' || region.startsWith(`${residency}-`);
}
