import { z } from 'zod';
import { NodeId, RegionId } from './ids.ts';

/** Where a participant's media goes, with the token for it. */
export const SfuEndpoint = z.object({
  node_id: NodeId,
  region: RegionId,
  /** WebSocket URL of the media RPC. */
  url: z.string(),
  /** Address and port of RTP (UDP, and TCP on the same port). */
  address: z.string(),
  port: z.number().int(),
  /** SHA-256 fingerprint of the node's DTLS certificate; the handshake is checked against `welcome`. */
  dtls_fingerprint: z.string(),
  media_token: z.string(),
});
export type SfuEndpoint = z.infer<typeof SfuEndpoint>;

/**
 * What is ready for the loss of a participant's node. `cold`: nothing, the room names another node when asked.
 * `warm`: transports to the standby are up, and what is sent is prepared there. `hot`: what is received, too.
 */
export const Failover = z.enum(['cold', 'warm', 'hot']);
export type Failover = z.infer<typeof Failover>;

/** Where a participant's media is, and where it goes when that node is lost; without a standby `cold`. */
export const MediaPlaces = z.object({
  sfu: SfuEndpoint,
  standby: SfuEndpoint.nullable(),
  failover: Failover,
});
export type MediaPlaces = z.infer<typeof MediaPlaces>;

export const IceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof IceServer>;
