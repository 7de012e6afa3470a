import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, FailureDomain, MeetingId, NodeId, RegionId } from './ids.ts';

/**
 * Cell link: media node → RegistryCell, dialled by the node at
 * `WSS /api/v1/fleet/regions/{region}/link` with its node token as bearer.
 */

export const Location = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
export type Location = z.infer<typeof Location>;

export const NodeState = z.enum(['up', 'draining', 'full']);
export type NodeState = z.infer<typeof NodeState>;

/** What a cell thinks of a node. Only `up` ones are given somebody new; only `lost` ones are given up. */
export const NodeVerdict = z.enum(['up', 'suspect', 'lost', 'draining', 'full']);
export type NodeVerdict = z.infer<typeof NodeVerdict>;

/** What operators want of a node: that it takes people, or that it empties itself. */
export const NodeWish = z.enum(['serve', 'drain']);
export type NodeWish = z.infer<typeof NodeWish>;

/** Who a node is and where it can be reached; what placement and clients need of it. */
export const NodeDescription = z.object({
  node_id: NodeId,
  boot_id: BootId,
  region: RegionId,
  location: Location,
  /** WebSocket URL for clients. */
  url: z.string(),
  /** WebSocket URL for other nodes. */
  relay_url: z.string(),
  /** Public address and port of RTP. */
  address: z.string(),
  port: z.number().int().min(1).max(65535),
  dtls_fingerprint: z.string(),
  /** Nodes of one domain can fail together (rack, zone): a standby is in another one than its primary. */
  failure_domain: FailureDomain,
  /** Participants it takes at most. */
  capacity: z.number().int().positive(),
  /** What its network carries in each direction. */
  bits_capacity_per_s: z.number().positive(),
  version: z.string().max(64),
  caps_version: z.number().int(),
});
export type NodeDescription = z.infer<typeof NodeDescription>;

export const NodeLoad = z.object({
  state: NodeState,
  /** CPU of each mediasoup worker, as a fraction of one core. */
  cpu: z.array(z.number().min(0)).max(256),
  /** Packets and bits per second, both ways. */
  packets_per_s: z.number().min(0),
  bits_in_per_s: z.number().min(0),
  bits_out_per_s: z.number().min(0),
  meetings: z.number().int().min(0),
  participants: z.number().int().min(0),
  /** Participants of other nodes who are prepared to come here when theirs is lost. */
  standbys: z.number().int().min(0),
  consumers: z.number().int().min(0),
  producers: z.number().int().min(0),
  /** Delay of the node's event loop, 99th percentile since the last heartbeat, milliseconds. */
  loop_delay_ms: z.number().min(0),
});
export type NodeLoad = z.infer<typeof NodeLoad>;

export const Register = message('register', { node: NodeDescription, load: NodeLoad });
/** Every `heartbeat_ms`. Never stored. */
export const Heartbeat = message('heartbeat', { boot_id: BootId, load: NodeLoad });
export const NodeToCell = z.discriminatedUnion('type', [Register, Heartbeat, Ping]);
export type NodeToCell = z.infer<typeof NodeToCell>;

export const Registered = message('registered', {
  cell: z.string(),
  heartbeat_ms: z.number().int().positive(),
  desired: NodeWish,
});
/** An operator has changed what is wanted of the node. */
export const Directive = message('directive', { desired: NodeWish });
/** A participant of this meeting is about to come: dial the room now, so that it is there before the client. */
export const HostMeeting = message('host_meeting', { meeting_id: MeetingId, room_url: z.string() });
export const CellToNode = z.discriminatedUnion('type', [
  Registered,
  HostMeeting,
  Directive,
  ErrorMessage,
  Pong,
]);
export type CellToNode = z.infer<typeof CellToNode>;
