import type { Location } from '@meridian/protocol';
import type { RegionSnapshot } from '../fleet/contract.ts';
import type { Residency } from '../storage/meeting-id.ts';
import { ANY_PLACE, type Candidate, type Standby } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { distanceKm } from './distance.ts';
import { accessLineMs } from './path.ts';
import { type Considered, place } from './place.ts';

/** Measured by a participant, by region. Milliseconds. */
export type RoundTrips = Readonly<Record<string, number>>;

export type RegionWish = {
  location: Location | null;
  roundTrips?: RoundTrips;
  residency: Residency;
  /** For a standby, what it stands by for. */
  standby?: Standby | null;
  /** Cells that do not answer. */
  away?: ReadonlySet<string>;
  /** Cells that were asked and have no place, whatever the directory says. */
  full?: ReadonlySet<string>;
};

const NONE: ReadonlySet<string> = new Set();

/**
 * The order in which cells are asked for a place, best first, and what was thought of every region. A cell is one
 * candidate, so chance decides at most among the cells of one region.
 */
export function rankRegions(
  regions: readonly RegionSnapshot[],
  { location, residency, roundTrips = {}, standby = null, away = NONE, full = NONE }: RegionWish,
  config: PlacementConfig,
  random: () => number,
): { cells: string[]; considered: readonly Considered<Candidate>[] } {
  const line_ms = location === null ? 0 : lineOf(regions, location, roundTrips, config);
  const request = { ...ANY_PLACE, location, line_ms, residency, standby };
  const candidates = regions.map((one): Candidate => {
    const candidate = regionCandidate(one, roundTrips[one.region] ?? null);
    if (away.has(one.cell)) return { ...candidate, health: 'away' };
    return full.has(one.cell) ? { ...candidate, participants: one.capacity } : candidate;
  });
  const { considered } = place(request, candidates, config, random);
  const usable = considered.filter(({ verdict }) => verdict === 'chosen' || verdict === 'usable');
  return { cells: usable.map(({ candidate }) => candidate.id), considered };
}

function lineOf(
  regions: readonly RegionSnapshot[],
  from: Location,
  roundTrips: RoundTrips,
  config: PlacementConfig,
): number {
  const measured = regions.flatMap(({ region, location }) => {
    const rtt_ms = roundTrips[region];
    return rtt_ms === undefined ? [] : [{ rtt_ms, km: distanceKm(from, location) }];
  });
  return accessLineMs(measured, config);
}

function regionCandidate(
  { region, cell, location, capacity, free }: RegionSnapshot,
  rtt_ms: number | null,
): Candidate {
  return {
    id: cell,
    region,
    location,
    rtt_ms,
    capacity,
    participants: capacity - free,
    reserved: 0,
    busy: 0,
    health: 'up',
    caps_version: null,
    failure_domain: null,
    attached: null,
  };
}
