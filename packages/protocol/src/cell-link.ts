import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, MeetingId, NodeId, RegionId } from './ids.ts';

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
  /** Participants it takes at most. */
  capacity: z.number().int().positive(),
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
});
/** A participant of this meeting is about to come: dial the room now, so that it is there before the client. */
export const HostMeeting = message('host_meeting', { meeting_id: MeetingId, room_url: z.string() });
export const CellToNode = z.discriminatedUnion('type', [Registered, HostMeeting, ErrorMessage, Pong]);
export type CellToNode = z.infer<typeof CellToNode>;
