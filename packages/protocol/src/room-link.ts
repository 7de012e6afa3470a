import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import {
  BootId,
  MeetingId,
  MeetingSessionId,
  NodeId,
  ParticipantId,
  RegionId,
  RoomEpoch,
  SessionId,
} from './ids.ts';
import { Source } from './media.ts';
import { Role, Timestamp } from './meeting.ts';

/**
 * Room link: media node → room, one per hosted meeting, dialled by the node at
 * `WSS /api/v1/meetings/{id}/room-link` with its node token as bearer.
 * The room says what should be, the node what is.
 */

/** Two nodes that have a relay between them. */
export const Link = z.object({ a: NodeId, b: NodeId });
export type Link = z.infer<typeof Link>;

/** What the nodes of a meeting must bring about. Sent whole each time: no command can get lost. */
export const DesiredState = message('desired_state', {
  meeting_id: MeetingId,
  meeting_session_id: MeetingSessionId,
  room_epoch: RoomEpoch,
  /** Rises within an epoch. */
  version: z.number().int().nonnegative(),
  participants: z.array(
    z.object({
      participant_id: ParticipantId,
      session_id: SessionId,
      /** Tokens of this session below this generation are void. */
      min_gen: z.number().int().nonnegative(),
      role: Role,
      can_publish: z.array(Source),
      /** Silenced by a host: whatever the client sends of these is dropped. */
      hard_muted: z.array(Source),
      /** Where they are, and where they go when that node is lost. */
      node_id: NodeId,
      standby_node_id: NodeId.nullable(),
    }),
  ),
  /** Sessions that ended by removal or leaving, for as long as a token of theirs could still be alive. */
  revoked: z.array(z.object({ session_id: SessionId, min_gen: z.number().int().nonnegative() })),
  /** All nodes of the meeting, this one included, in the order they came: see `meshLinks`. */
  mesh: z.array(
    z.object({
      node_id: NodeId,
      region: RegionId,
      /** WebSocket URL of the node's relay socket. */
      relay_url: z.string(),
    }),
  ),
  /** Which nodes have a relay between them, `a` before `b`. A stream passes along these only. */
  links: z.array(Link),
  /** Rises whenever nodes or links change. */
  topology_epoch: z.number().int().nonnegative(),
  /**
   * Tokens for this node to open relay sockets with, by the node they are good at: for its links, and for those it would
   * have if a hub were lost while the room is away.
   */
  relay_grants: z.record(NodeId, z.string()),
  /** The meeting is over: close everything of it. */
  ended: z.boolean(),
});
export type DesiredState = z.infer<typeof DesiredState>;

export const RoomToNode = z.discriminatedUnion('type', [DesiredState, ErrorMessage, Pong]);
export type RoomToNode = z.infer<typeof RoomToNode>;

/** First message of a node on the link. */
export const NodeHello = message('node_hello', { node_id: NodeId, boot_id: BootId, region: RegionId });
/** The node has brought about this version. */
export const Applied = message('applied', { room_epoch: RoomEpoch, version: z.number().int().nonnegative() });
/** A participant's media socket came or went. Never a reason by itself to drop the participant. */
export const PeerState = message('peer_state', {
  boot_id: BootId,
  participant_id: ParticipantId,
  session_id: SessionId,
  connected: z.boolean(),
  at: Timestamp,
});

/**
 * The node wants its participants to be moved away, make before break; it goes when they are gone or `deadline` is.
 * Null: it stays, and so may they.
 */
export const Draining = message('draining', { boot_id: BootId, deadline: Timestamp.nullable() });

/** Nothing is heard from a neighbour any more, on the relay socket or in packets; or it is again. */
export const RelaySilent = message('relay_silent', { node_id: NodeId, silent: z.boolean() });

export const NodeToRoom = z.discriminatedUnion('type', [
  NodeHello,
  Applied,
  PeerState,
  Draining,
  RelaySilent,
  Ping,
]);
export type NodeToRoom = z.infer<typeof NodeToRoom>;
