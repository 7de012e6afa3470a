import type { Location, NodeDescription } from '@meridian/protocol';
import { ANY_PLACE } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { type MeetingNode, meetingCandidate, type NodeCandidate } from './meeting-node.ts';
import { type Placement, place } from './place.ts';

export type StandbyWish = {
  /** Where they are now: the standby is in another failure domain. */
  readonly primary: NodeDescription;
  /** Of the participant; null: the primary stands for it. */
  readonly location: Location | null;
  /** Nodes they could not reach lately. */
  readonly exclude: readonly string[];
};

/**
 * The standby among the nodes the meeting has: they are relayed to already. One that others stand by at counts as one with
 * people: those who are lost together meet there, where none of them has to be relayed to another. None: the fleet is
 * asked for one.
 */
export function chooseStandby(
  meeting: readonly MeetingNode[],
  { primary, location, exclude }: StandbyWish,
  config: PlacementConfig,
): Placement<NodeCandidate> {
  const others = meeting.filter(({ node }) => node.node_id !== primary.node_id);
  const request = {
    ...ANY_PLACE,
    location: location ?? primary.location,
    caps_version: primary.caps_version,
    exclude,
    standby: { region: primary.region, failure_domains: [primary.failure_domain] },
  };
  const candidates = others.map((one) => ({
    ...meetingCandidate(one),
    attached: one.attached + one.standbys,
  }));
  return place(request, candidates, config, () => 0);
}
