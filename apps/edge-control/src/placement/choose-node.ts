import type { Location, NodeDescription, PlacementCandidate } from '@meridian/protocol';
import { ANY_PLACE } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { type MeetingNode, meetingCandidate, type NodeCandidate, nodeCandidate } from './meeting-node.ts';
import { type Considered, place, type Reason } from './place.ts';

/** A place that was reserved, and where it was looked for. */
export type Found = {
  readonly node: NodeDescription;
  /** Regions near the participant, of which the room knows no more than this. */
  readonly regions: readonly PlacementCandidate[];
};

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
 * Of a node of another region nobody has vouched: it is taken for as full as its region.
 */
export function chooseNode(
  meeting: readonly MeetingNode[],
  { node: reserved, regions }: Found,
  location: Location | null,
  config: PlacementConfig,
): NodeChoice {
  // As it was when regions were ranked: measured where the participant has measured.
  const roundTripTo = (region: string) =>
    location === null ? null : (cellsOf(region, regions)[0]?.score.path_ms ?? null);
  const known = meeting.find(({ node }) => node.node_id === reserved.node_id);
  const others = meeting
    .filter((one) => one !== known)
    .map((one) => ({
      ...meetingCandidate(one),
      rtt_ms: roundTripTo(one.node.region),
      busy: one.node.region === reserved.region ? 0 : fullnessOf(one.node.region, regions),
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
    caps_version: reserved.caps_version,
    prefer: known && known.attached > 0 ? reserved.node_id : null,
  };
  const { chosen, reason, considered } = place(request, [...others, held], config, () => 0);
  // Nothing speaks against the reserved one, so something is always chosen.
  const node = chosen?.node ?? reserved;
  return {
    node,
    keepReservation: node.node_id === reserved.node_id,
    reason: reason ?? 'preferred',
    considered,
  };
}

/** How full a region is, by its emptiest cell; 0 where nobody has looked. */
function fullnessOf(region: string, regions: readonly PlacementCandidate[]): number {
  const cells = cellsOf(region, regions);
  return cells.length === 0 ? 0 : Math.min(...cells.map(({ utilisation }) => utilisation));
}

function cellsOf(region: string, regions: readonly PlacementCandidate[]): PlacementCandidate[] {
  return regions.filter((one) => one.kind === 'region' && one.region === region);
}
