import { z } from 'zod';
import { MeetingId, MeetingSessionId, NodeId, ParticipantId, RegionId, SessionId } from './ids.ts';
import { Source } from './media.ts';
import { Role } from './meeting.ts';

/** JWT audiences (RFC 7519 §4.1.3). A token is good for exactly one. */
export const AUDIENCE = { ticket: 'room', media: 'media', relay: 'relay', node: 'fleet' } as const;

/** JWS algorithm of everything the edge signs (RFC 7518 §3.4). */
export const SIGNING_ALGORITHM = 'ES256';

/** Lifetimes in seconds. */
export const TOKEN_LIFE = {
  /** Long: a client needs it again for its first resume; the room decides whether the session still exists. */
  ticket: 12 * 3600,
  /** Bounds for how long a removed participant could go on at a node that the room cannot reach. */
  media: 120,
  relay: 3600,
  /** A node signs a fresh one for each dial. */
  node: 60,
} as const;

/** Opens the signaling socket of one participant. From `POST /join`. */
export const TicketClaims = z.object({
  aud: z.literal(AUDIENCE.ticket),
  sub: ParticipantId,
  sid: SessionId,
  meeting: MeetingId,
  role: Role,
  exp: z.number().int(),
});
export type TicketClaims = z.infer<typeof TicketClaims>;

/** What a participant may do at the nodes it names. Only the room mints it. */
export const MediaClaims = z.object({
  aud: z.literal(AUDIENCE.media),
  sub: ParticipantId,
  sid: SessionId,
  /** Rises when the room wants earlier tokens of this session to be worthless. */
  gen: z.number().int().nonnegative(),
  meeting: MeetingId,
  meeting_session: MeetingSessionId,
  role: Role,
  kind: z.enum(['participant', 'recorder', 'sip', 'egress']),
  can_publish: z.array(Source),
  can_subscribe: z.boolean(),
  /** Primary first, then standby. */
  nodes: z.array(NodeId).min(1).max(4),
  exp: z.number().int(),
});
export type MediaClaims = z.infer<typeof MediaClaims>;

/** Lets node `sub` (from) open a relay socket of one meeting at node `to`. Minted by the room. */
export const RelayClaims = z.object({
  aud: z.literal(AUDIENCE.relay),
  sub: NodeId,
  to: NodeId,
  meeting: MeetingId,
  exp: z.number().int(),
});
export type RelayClaims = z.infer<typeof RelayClaims>;

/** A media node's proof of who it is, towards cells and rooms. */
export const NodeClaims = z.object({
  aud: z.literal(AUDIENCE.node),
  sub: NodeId,
  region: RegionId,
  exp: z.number().int(),
});
export type NodeClaims = z.infer<typeof NodeClaims>;
