import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, MeetingId, NodeId, ParticipantId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { Generation, Stream, StreamId } from './media.ts';
import { AudioLevel, DataLabel, DataProducerId } from './media-rpc.ts';
import { MediaKind, RtpParameters, SctpStreamParameters, SrtpParameters } from './rtp.ts';

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

/**
 * Who is heard at the sender's node, loudest first. Sent on change, at most four times a second and only while
 * somebody there is audible; an empty list says that nobody is any more.
 */
export const RelayLevels = message('relay_levels', {
  levels: z.array(AudioLevel).max(LIMITS.audibleSpeakers),
  /** Whom the sender takes for the active speaker. In silence the node whose id sorts first prevails. */
  active: ParticipantId.nullable(),
});

/**
 * Data channels cross over this socket and not over the pipe, because SCTP on a pipe is not encrypted. So
 * between nodes every channel is ordered and reliable, whatever it is at its ends.
 */
export const RelayDataAvailable = message('relay_data_available', {
  data_producer_id: DataProducerId,
  participant_id: ParticipantId,
  label: DataLabel,
  /** How the receivers' channels are to be. */
  delivery: SctpStreamParameters.omit({ streamId: true }),
});
export const RelayDataRemoved = message('relay_data_removed', { data_producer_id: DataProducerId });
/** Somebody at the sender's node receives this channel. Before and after, nothing of it is sent. */
export const RelayDataSubscribe = message('relay_data_subscribe', { data_producer_id: DataProducerId });
export const RelayDataUnsubscribe = message('relay_data_unsubscribe', { data_producer_id: DataProducerId });
export const RelayData = message('relay_data', {
  data_producer_id: DataProducerId,
  /** Payload protocol identifier (RFC 8831 §8): string, binary, and each of them empty. */
  ppid: z.literal([51, 53, 56, 57]),
  /** Base64. */
  payload: z.string().max(4 * Math.ceil(LIMITS.dataMessageBytes / 3)),
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
  RelayLevels,
  RelayDataAvailable,
  RelayDataRemoved,
  RelayDataSubscribe,
  RelayDataUnsubscribe,
  RelayData,
  ErrorMessage,
  Ping,
  Pong,
]);
export type RelayMessage = z.infer<typeof RelayMessage>;
