import { z } from 'zod';
import { Failover } from './endpoint.ts';
import { MeetingSessionId, NodeId, ParticipantId, RegionId } from './ids.ts';
import { Timestamp } from './meeting.ts';
import { Link } from './room-link.ts';

/** What was considered for a decision, and what spoke for or against it. */
export const PlacementCandidate = z.object({
  kind: z.enum(['region', 'node']),
  /** Of the node, or of the cell that was asked for one. */
  id: z.string(),
  region: RegionId,
  /** From the participant; null where that is not known. Kilometres. */
  distance_km: z.number().nullable(),
  /** Places that were left there. */
  free: z.number(),
  /** How full it was, by places or by work, those on the way included. 1: nothing left. */
  utilisation: z.number(),
  /** One word, e.g. `chosen`, `usable`, `full`, `residency`. */
  verdict: z.string(),
  /** What spoke against it, part by part, in milliseconds of round trip; the least in total is best. */
  score: z.object({
    /** The way to the participant, measured or estimated; the same for all where neither was possible. */
    path_ms: z.number(),
    /** A further node of the meeting. */
    new_node_ms: z.number(),
    load_ms: z.number(),
    /** A standby in another region than the primary. */
    other_region_ms: z.number(),
    total_ms: z.number(),
  }),
});
export type PlacementCandidate = z.infer<typeof PlacementCandidate>;

/** Why participants are where they are. */
export const PlacementDecision = z.object({
  at: Timestamp,
  /** What it was for: a place to begin with, another one, or one to fall back to. */
  purpose: z.enum(['join', 'admit', 'move', 'activation', 'standby']),
  /** Those it was for. */
  participants: z.array(ParticipantId),
  /** Null: none was found. */
  node_id: NodeId.nullable(),
  /** The node before, for a move or an activation. */
  from_node_id: NodeId.nullable(),
  /** One word. */
  reason: z.string(),
  candidates: z.array(PlacementCandidate),
});
export type PlacementDecision = z.infer<typeof PlacementDecision>;

/** `GET /meetings/{id}/placement`: where everybody's media is, and how it came to be there. */
export const MeetingPlacement = z.object({
  meeting_session_id: MeetingSessionId,
  nodes: z.array(
    z.object({ node_id: NodeId, region: RegionId, verdict: z.enum(['up', 'draining', 'lost']) }),
  ),
  /** Which nodes have a relay between them. */
  links: z.array(Link),
  topology_epoch: z.number().int().nonnegative(),
  participants: z.array(
    z.object({
      participant_id: ParticipantId,
      node_id: NodeId,
      standby_node_id: NodeId.nullable(),
      failover: Failover,
    }),
  ),
  /** Latest first; the room keeps a few hundred. */
  decisions: z.array(PlacementDecision),
});
export type MeetingPlacement = z.infer<typeof MeetingPlacement>;
