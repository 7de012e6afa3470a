import type { Candidate, PlacementRequest } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { distanceKm } from './distance.ts';
import { estimatedMs } from './path.ts';

/** What speaks against a candidate, part by part. Milliseconds; less is better. */
export type Score = {
  /** Round trip of the participant, measured or estimated; the same for all where neither is possible. Whole milliseconds. */
  readonly path_ms: number;
  /** It would be a further node of the meeting, or the first time that people of it are there. */
  readonly new_node_ms: number;
  readonly load_ms: number;
  /** It would be a standby in another region than the primary. */
  readonly other_region_ms: number;
  readonly total_ms: number;
};

/** `used` is the utilisation of the candidate. */
export function score(
  candidate: Candidate,
  used: number,
  request: PlacementRequest,
  config: PlacementConfig,
): Score {
  const { standby } = request;
  const path_ms = pathMs(candidate, request, config);
  const new_node_ms = newNodeMs(candidate, config);
  const load_ms = loadMs(used, config);
  const other_region_ms =
    standby === null || standby.region === candidate.region ? 0 : config.standby.otherRegionMs;
  const total_ms = path_ms + new_node_ms + load_ms + other_region_ms;
  return { path_ms, new_node_ms, load_ms, other_region_ms, total_ms };
}

function newNodeMs({ attached }: Candidate, { meeting }: PlacementConfig): number {
  if (attached === null) return meeting.newNodeMs;
  return attached === 0 ? meeting.idleNodeMs : 0;
}

function pathMs(
  { rtt_ms, location: there }: Candidate,
  { location: here, line_ms }: PlacementRequest,
  config: PlacementConfig,
): number {
  if (rtt_ms !== null) return Math.round(rtt_ms);
  if (here === null) return config.path.unknownMs;
  return Math.round(estimatedMs(distanceKm(here, there), config) + line_ms);
}

function loadMs(used: number, { load }: PlacementConfig): number {
  const beyond = (used - load.from) / (1 - load.from);
  return load.fullMs * Math.min(1, Math.max(0, beyond));
}
