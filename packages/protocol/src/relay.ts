import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, MeetingId, NodeId, ParticipantId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { Generation, Stream, StreamId } from './media.ts';
import { AudioLevel, DataLabel, DataProducerId } from './media-rpc.ts';
import { MediaKind, RtpParameters, SctpStreamParameters, SrtpParameters } from './rtp.ts';

/**
 * Relay: media node ↔ media node, one socket per meeting and link of its topology, dialled at `relay_url` with a
 * relay grant by the node whose id sorts first. Media goes beside it over two pairs of transports (SRTP, RTX): one
 * carries whole streams, the other single layers of them.
 */
export const RELAY_SUBPROTOCOL = 'meridian.relay.v1';

const MediaEndpoint = z.object({
  ip: z.string().max(255),
  port: z.number().int().min(1).max(65535),
  srtp_parameters: SrtpParameters,
});
export type MediaEndpoint = z.infer<typeof MediaEndpoint>;

/** One end of each pair of transports. */
const MediaEndpoints = z.object({ full: MediaEndpoint, thin: MediaEndpoint });
export type MediaEndpoints = z.infer<typeof MediaEndpoints>;

/** First message of the dialling node. */
export const RelayHello = message('relay_hello', {
  token: z.string().max(4096),
  meeting_id: MeetingId,
  node_id: NodeId,
  boot_id: BootId,
  endpoints: MediaEndpoints,
});
export const RelayWelcome = message('relay_welcome', {
  node_id: NodeId,
  boot_id: BootId,
  endpoints: MediaEndpoints,
});

/** Where something comes from, and every node it has passed, the sender last. A node in `path` refuses it. */
export const RelayRoute = z.object({ origin: NodeId, path: z.array(NodeId).min(1).max(LIMITS.relayHops) });
export type RelayRoute = z.infer<typeof RelayRoute>;

/** How many of a stream's layers flow, from the lowest; see `layers_flowing`. Absent: all. */
const Flowing = z.number().int().min(1).max(4).optional();

/** See `stream_score`. Absent: nothing is known. */
const ArrivalScore = z.number().min(0).max(10).optional();

/**
 * The sender of this can deliver the stream. Nothing flows until somebody asks for it. Sent again when its way
 * has become another.
 */
export const RelayStreamAvailable = message('relay_stream_available', {
  stream: Stream,
  flowing: Flowing,
  score: ArrivalScore,
  ...RelayRoute.shape,
});
export const RelayStreamUpdated = message('relay_stream_updated', {
  stream: Stream,
  flowing: Flowing,
  score: ArrivalScore,
});
const generation = { stream_id: StreamId, generation: Generation };
export const RelayStreamRemoved = message('relay_stream_removed', generation);

/** How a link carries a stream: with all its layers, or the highest one wished alone. */
export const Carriage = z.enum(['full', 'thin']);
export type Carriage = z.infer<typeof Carriage>;

/** Indexes of the layers that are watched behind the sender, rising; empty: none. A stream without layers has 0. */
const WishedLayers = z.array(z.number().int().min(0).max(3)).max(4);

/** A feed is one passage of a stream over the link, numbered by who receives it. */
const feed = { ...generation, feed: z.number().int().positive() };

/** Asks for one generation of a stream; answered by `relay_consumer` or an error with the same ref. */
export const RelaySubscribe = message('relay_subscribe', {
  ...feed,
  carriage: Carriage,
  layers: WishedLayers,
});
export const RelayConsumer = message('relay_consumer', {
  ...feed,
  /** How it comes, which may not be how it was asked for: of some streams no layer can be taken out. */
  carriage: Carriage,
  kind: MediaKind,
  rtp_parameters: RtpParameters,
  paused: z.boolean(),
  /** The layer that comes, where it is one alone; null: all there are. */
  spatial: z.number().int().min(0).max(3).nullable(),
});
/** Somebody behind the receiver can take packets: a single layer starts, with a key frame. (The rest has by itself.) */
export const RelayBegin = message('relay_begin', feed);
export const RelayUnsubscribe = message('relay_unsubscribe', feed);
/** The feed has ended, or will when the receiver has another, for which it should ask now. */
export const RelayFeedOver = message('relay_feed_over', feed);
/** Another layer comes over a feed that carries one alone; null: none at present. */
export const RelayFeedLayer = message('relay_feed_layer', {
  ...feed,
  spatial: z.number().int().min(0).max(3).nullable(),
});
/** Which layers of a subscribed stream are watched behind the sender. Replaces its last word on it. */
export const RelayWish = message('relay_wish', { ...generation, layers: WishedLayers });

/**
 * Who is heard at the node of origin, loudest first. Sent on change, at most four times a second and only while
 * somebody there is audible; an empty list says that nobody is any more.
 */
export const RelayLevels = message('relay_levels', {
  ...RelayRoute.shape,
  levels: z.array(AudioLevel).max(LIMITS.audibleSpeakers),
  /** Whom the origin takes for the active speaker. In silence the node whose id sorts first prevails. */
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
  ...RelayRoute.shape,
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
  RelayConsumer,
  RelayBegin,
  RelayUnsubscribe,
  RelayFeedOver,
  RelayFeedLayer,
  RelayWish,
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
