import type { Residency } from '../storage/meeting-id.ts';
import { type Candidate, freePlaces, type Health, type PlacementRequest } from './candidate.ts';
import type { PlacementConfig } from './config.ts';

/** Why a candidate cannot be used, the first reason found. */
export type Barrier =
  | 'excluded'
  | 'residency'
  | 'incompatible'
  | 'failure_domain'
  | 'no_nodes'
  | Exclude<Health, 'up'>
  /** The meeting has its share of it. */
  | 'meeting_share'
  /** Too far for a standby to reuse. */
  | 'far';

/** Null when the candidate can be used. `pathMs` is the way there, as it is scored. */
export function barrierTo(
  candidate: Candidate,
  pathMs: number,
  request: PlacementRequest,
  config: PlacementConfig,
): Barrier | null {
  if (request.exclude.includes(candidate.id)) return 'excluded';
  if (!mayHold(candidate.region, request.residency)) return 'residency';
  if (!isCompatible(candidate, request)) return 'incompatible';
  if (failsWithPrimary(candidate, request)) return 'failure_domain';
  if (candidate.capacity === 0) return 'no_nodes';
  if (candidate.health !== 'up') return candidate.health;
  if (freePlaces(candidate) === 0 || candidate.busy >= 1) return 'full';
  if (candidate.attached === null || candidate.id === request.prefer) return null;
  const { share } = request.standby === null ? config.meeting : config.standby;
  if (candidate.participants >= candidate.capacity * share) return 'meeting_share';
  return request.standby !== null && pathMs > config.standby.reuseMs ? 'far' : null;
}

function isCompatible({ caps_version }: Candidate, request: PlacementRequest): boolean {
  return caps_version === null || request.caps_version === null || caps_version === request.caps_version;
}

function failsWithPrimary({ region, failure_domain }: Candidate, { standby }: PlacementRequest): boolean {
  return (
    standby?.region === region && failure_domain !== null && standby.failure_domains.includes(failure_domain)
  );
}

/** Media of a resident meeting stays in regions of that jurisdiction, which their names begin with. */
function mayHold(region: string, residency: Residency): boolean {
  return residency === 'none' || region.startsWith(`${residency}-`);
}
