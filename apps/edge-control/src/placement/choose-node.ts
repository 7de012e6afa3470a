import type { Location, NodeDescription, PlacementCandidate } from '@meridian/protocol';
import { ANY_PLACE, type Health } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { type MeetingNode, meetingCandidate, type NodeCandidate, nodeCandidate } from './meeting-node.ts';
import { accessLineMs } from './path.ts';
import { type Considered, place, type Reason } from './place.ts';

/** A place that was reserved, and where it was looked for. */
export type Found = {
  readonly node: NodeDescription;
  /** Regions near the participant, of which the room knows no more than this. */
  readonly regions: readonly PlacementCandidate[];
};

/** What the cell of a node that the meeting has said, when it was asked for a place there. */
export type Claim = { readonly node_id: string; readonly granted: boolean };

export type NodeChoice = {
  node: NodeDescription;
  /** True when the reserved place is the one used; otherwise it is given back. */
  keepReservation: boolean;
  reason: Reason;
  considered: readonly Considered<NodeCandidate>[];
};

/**
 * Which node a participant is attached to: one the meeting already has, unless the reserved one is so much nearer that
 * a further node is worth it. A place that is held where people of the meeting are is used: its cell vouches for it.
 * Of another node nobody has vouched: it is taken for as full as its region, and its cell is asked.
 */
export function chooseNode(
  meeting: readonly MeetingNode[],
  found: Found,
  location: Location | null,
  config: PlacementConfig,
): NodeChoice {
  return choose(meeting, found, location, config, { refused: null, unasked: [] });
}

/**
 * The same once the cell has answered: only where a place is held. `claim` is null when no cell had to be asked, `here`
 * the node they are at, if they are to stay where nothing is better.
 */
export function chooseHeld(
  meeting: readonly MeetingNode[],
  found: Found,
  location: Location | null,
  config: PlacementConfig,
  { claim, here }: { claim: Claim | null; here: string | null },
): NodeChoice {
  const held = claim?.granted ? claim.node_id : null;
  const refused = claim && !claim.granted ? claim.node_id : null;
  const unasked: string[] = [];
  for (;;) {
    const choice = choose(meeting, found, location, config, { refused, unasked });
    if (choice.keepReservation || [held, here].includes(choice.node.node_id)) return choice;
    // It would be better still by now, but its cell knows nothing of them.
    unasked.push(choice.node.node_id);
  }
}

function choose(
  meeting: readonly MeetingNode[],
  { node: reserved, regions }: Found,
  location: Location | null,
  config: PlacementConfig,
  without: { refused: string | null; unasked: readonly string[] },
): NodeChoice {
  // As it was when regions were ranked: measured where the participant has measured.
  const roundTripTo = (region: string) =>
    location === null ? null : (cellsOf(region, regions)[0]?.score.path_ms ?? null);
  const known = meeting.find(({ node }) => node.node_id === reserved.node_id);
  const healthOf = (one: MeetingNode): Health => {
    if (one.node.node_id === without.refused) return 'full';
    return one.reachable && isAway(one.node.region, regions) ? 'away' : meetingCandidate(one).health;
  };
  const others = meeting
    .filter((one) => one !== known)
    .map((one) => ({
      ...meetingCandidate(one),
      rtt_ms: roundTripTo(one.node.region),
      busy: one.node.region === reserved.region ? 0 : fullnessOf(one.node.region, regions),
      health: healthOf(one),
    }));
  const held = {
    ...nodeCandidate(reserved),
    rtt_ms: roundTripTo(reserved.region),
    attached: known?.attached ?? null,
  };
  const request = {
    ...ANY_PLACE,
    // Without a location the reserved node stands for it: it was chosen as near.
    location: location ?? reserved.location,
    line_ms: lineOf(regions, config),
    caps_version: reserved.caps_version,
    exclude: without.unasked,
    prefer: known && known.attached > 0 ? reserved.node_id : null,
  };
  const { chosen, reason, considered } = place(request, [...others, held], config, () => 0);
  // Nothing speaks against the reserved one, so something is always chosen.
  const node = chosen?.node ?? reserved;
  return {
    node,
    keepReservation: node.node_id === reserved.node_id,
    reason: reason === 'nearest' ? amongRegions(node.region, regions) : (reason ?? 'preferred'),
    considered,
  };
}

/** The nearest of the nodes that are known here: whether there are nearer regions, and why it is in none of them. */
function amongRegions(region: string, regions: readonly PlacementCandidate[]): Reason {
  const [own] = cellsOf(region, regions);
  const nearer = regions.filter((one) => own !== undefined && one.score.path_ms < own.score.path_ms);
  if (nearer.length === 0) return 'nearest';
  return nearer.some(isUsable) ? 'relieved' : 'spilled';
}

/**
 * Of nodes in regions that are not named no more is known than where they are. What the participant's access line
 * takes longer than most shows in the regions that are; whole milliseconds, as those are rounded.
 */
function lineOf(regions: readonly PlacementCandidate[], config: PlacementConfig): number {
  const ways = regions.flatMap(({ kind, distance_km, score }) =>
    kind === 'region' && distance_km !== null ? [{ rtt_ms: score.path_ms, km: distance_km }] : [],
  );
  return Math.floor(accessLineMs(ways, config));
}

function isUsable({ verdict }: PlacementCandidate): boolean {
  return verdict === 'chosen' || verdict === 'usable';
}

/** Whether no cell of the region answers: then nobody new is sent there. */
function isAway(region: string, regions: readonly PlacementCandidate[]): boolean {
  const cells = cellsOf(region, regions);
  return cells.length > 0 && cells.every(({ verdict }) => verdict === 'away');
}

/** How full a region is, by its emptiest cell; 0 where nobody has looked. */
function fullnessOf(region: string, regions: readonly PlacementCandidate[]): number {
  const cells = cellsOf(region, regions);
  return cells.length === 0 ? 0 : Math.min(...cells.map(({ utilisation }) => utilisation));
}

function cellsOf(region: string, regions: readonly PlacementCandidate[]): PlacementCandidate[] {
  return regions.filter((one) => one.kind === 'region' && one.region === region);
}
