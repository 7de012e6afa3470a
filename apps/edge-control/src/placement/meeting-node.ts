import type { NodeDescription } from '@meridian/protocol';
import type { Candidate } from './candidate.ts';

/** A node of the meeting, as its room knows it: by what the meeting itself brings there. */
export type MeetingNode = {
  readonly node: NodeDescription;
  /** Participants of this meeting that have a place on it, those on the way included. */
  readonly attached: number;
  /** Participants of this meeting that would come when their node is lost. */
  readonly standbys: number;
  /** Has a room link, or has not been without one for long. Without: it may be gone, so nobody new is sent there. */
  readonly reachable: boolean;
};

export type NodeCandidate = Candidate & { readonly node: NodeDescription };

export function meetingCandidate({ node, attached, standbys, reachable }: MeetingNode): NodeCandidate {
  return {
    ...nodeCandidate(node),
    participants: attached + standbys,
    health: reachable ? 'up' : 'suspect',
    attached,
  };
}

/** One that is new to the meeting, as good as it says it is. */
export function nodeCandidate(node: NodeDescription): NodeCandidate {
  const { node_id, region, location, capacity, caps_version, failure_domain } = node;
  return {
    node,
    id: node_id,
    region,
    location,
    rtt_ms: null,
    capacity,
    participants: 0,
    reserved: 0,
    busy: 0,
    health: 'up',
    caps_version,
    failure_domain,
    attached: null,
  };
}
