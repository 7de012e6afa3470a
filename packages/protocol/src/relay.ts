import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, MeetingId, NodeId } from './ids.ts';
import { Generation, Stream, StreamId } from './media.ts';
import { MediaKind, RtpParameters, SrtpParameters } from './rtp.ts';

/**
 * Relay: media node ↔ media node, one socket per meeting and pair, dialled at `relay_url` with a relay grant
 * by the node whose id sorts first. Media goes over one pair of pipe transports (SRTP, RTX) beside it.
 */
export const RELAY_SUBPROTOCOL = 'meridian.relay.v1';

const PipeEndpoint = z.object({
  ip: z.string().max(255),
  port: z.number().int().min(1).max(65535),
  srtp_parameters: SrtpParameters,
});
export type PipeEndpoint = z.infer<typeof PipeEndpoint>;

/** First message of the dialling node. */
export const RelayHello = message('relay_hello', {
  token: z.string().max(4096),
  meeting_id: MeetingId,
  node_id: NodeId,
  boot_id: BootId,
  endpoint: PipeEndpoint,
});
export const RelayWelcome = message('relay_welcome', {
  node_id: NodeId,
  boot_id: BootId,
  endpoint: PipeEndpoint,
});

/** How a stream got here: the node it is published at, and every node it has passed. A node in `path` refuses it. */
const route = { origin: NodeId, path: z.array(NodeId).min(1).max(8) };

/** The sender of this can deliver the stream. Nothing flows until somebody asks for it. */
export const RelayStreamAvailable = message('relay_stream_available', { stream: Stream, ...route });
export const RelayStreamUpdated = message('relay_stream_updated', { stream: Stream });
export const RelayStreamRemoved = message('relay_stream_removed', {
  stream_id: StreamId,
  generation: Generation,
});

/** Asks for one generation of a stream; answered by `relay_consumer` or an error with the same ref. */
export const RelaySubscribe = message('relay_subscribe', { stream_id: StreamId, generation: Generation });
export const RelayUnsubscribe = message('relay_unsubscribe', { stream_id: StreamId, generation: Generation });
export const RelayConsumer = message('relay_consumer', {
  stream_id: StreamId,
  generation: Generation,
  kind: MediaKind,
  rtp_parameters: RtpParameters,
  paused: z.boolean(),
});

export const RelayMessage = z.discriminatedUnion('type', [
  RelayHello,
  RelayWelcome,
  RelayStreamAvailable,
  RelayStreamUpdated,
  RelayStreamRemoved,
  RelaySubscribe,
  RelayUnsubscribe,
  RelayConsumer,
  ErrorMessage,
  Ping,
  Pong,
]);
export type RelayMessage = z.infer<typeof RelayMessage>;
