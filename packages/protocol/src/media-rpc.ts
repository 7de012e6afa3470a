import { z } from 'zod';
import { ErrorMessage, message, Ping, Pong } from './envelope.ts';
import { BootId, NodeId, ParticipantId, RegionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { Generation, Layer, Source, Stream, StreamId } from './media.ts';
import { Timestamp } from './meeting.ts';
import {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
  SctpParameters,
  SctpStreamParameters,
} from './rtp.ts';

/** Media RPC: browser ↔ media node, over a WebSocket at the `url` of the SfuEndpoint. */
export const MEDIA_SUBPROTOCOL = 'meridian.media.v1';

const Id = z.string().min(1).max(128);

/** What a data channel is for, e.g. `cursor`: the sender's choice, the same at every receiver. */
export const DataLabel = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a lower-case label');
export const DataProducerId = Id;

export const AudioLevel = z.object({
  participant_id: ParticipantId,
  /** dBov, −127 (silence) to 0 (RFC 6464). */
  level: z.number().int().min(-127).max(0),
});
export type AudioLevel = z.infer<typeof AudioLevel>;

/** What only the client of a session knows: whoever has it may go on with it. */
const ResumeKey = z.string().min(16).max(64);
/** Messages received since `hello`. */
const MessageCount = z.number().int().nonnegative();

// ---- client → node ---------------------------------------------------------------------------------------

/** First message, within 5 s of opening. */
export const Hello = message('hello', {
  token: z.string().max(4096),
  /** Which version of the router capabilities the client has built in. */
  caps_version: z.number().int(),
  transport: z.literal('webrtc'),
  /** What the client can receive. Sent along so that consumers can follow the welcome at once. */
  rtp_capabilities: RtpCapabilities,
  /**
   * `standby`: prepares to come here when the node in use is lost. Nobody sees, hears or counts such a client, and
   * nothing is sent to it, until it says `activate`. `active` when absent.
   */
  mode: z.enum(['active', 'standby']).optional(),
  /** Bits per second that have reached the client at another node: where the bandwidth estimation may begin. */
  received_bitrate: z.number().int().min(0).optional(),
});
/**
 * Instead of `hello`, over a new socket when the one before broke off: the session goes on where it was. Each side counts
 * what it has received of the other since `hello` and keeps what it has said last; all messages count but `hello`, `ping`,
 * `pong`, `resume_session` and `session_resumed`. Answered by `session_resumed`, or by an error where the session is over
 * or too much was lost: then `hello` begins another.
 */
export const ResumeSession = message('resume_session', {
  key: ResumeKey,
  received: MessageCount,
  /** Rises with each socket of the session: one that arrives after a later one has come too late. */
  attempt: z.number().int().positive(),
});
/**
 * A standby becomes the place of its participant: what it has published is announced, what it has set up flows.
 * Answered by `ok`, also when it was active before.
 */
export const Activate = message('activate', {
  /**
   * How many layers of its videos were watched at the node before: so many are sent from the start, until this node
   * says otherwise. All of what is not named.
   */
  watched: z.array(z.object({ source: Source, layers: z.number().int().min(0).max(4) })).max(4),
  /** They are not sent before this node says so (`publish_layers`): when somebody can take them, who were not prepared for it. */
  waits: z.boolean().optional(),
  /** Bits per second that have reached the client at the node before, as last measured. */
  received_bitrate: z.number().int().min(0).optional(),
});
export const ConnectTransport = message('connect_transport', {
  transport_id: Id,
  dtls_parameters: DtlsParameters,
});
export const Produce = message('produce', {
  source: Source,
  rtp_parameters: RtpParameters,
  layers: z.array(Layer).max(4),
  /**
   * How many of them were watched at the node before. The client then sends none until this node says how many
   * (`publish_layers`), which it does when somebody can take them: one key frame, and not one for nobody before. All are
   * sent at once when absent.
   */
  watched: z.number().int().min(0).max(4).optional(),
  /** Publish without sending yet: joined muted. */
  paused: z.boolean(),
});
export const CloseProducer = message('close_producer', { source: Source });
export const Pause = message('pause', { source: Source });
export const Resume = message('resume', { source: Source });

/**
 * How many layers of a video really leave the client, from the lowest: one that is short of bandwidth stops the highest
 * first, and who watches it is better served with the next one than with a picture that stands still. Sent on change;
 * all of them until then.
 */
export const LayersFlowing = message('layers_flowing', {
  source: Source,
  layers: z.number().int().min(1).max(4),
});

/** The whole wish for video, replacing the last one. Audio comes by itself. */
export const Subscribe = message('subscribe', {
  /** Rises with each wish; an older one that arrives late is ignored. */
  version: z.number().int().nonnegative(),
  streams: z
    .array(
      z.object({
        stream_id: StreamId,
        /** Size it is shown at, in device pixels. */
        width: z.number().int().min(1).max(8192),
        height: z.number().int().min(1).max(8192),
        /** 1–255, as mediasoup's consumer priority: higher gets bandwidth first. */
        priority: z.number().int().min(1).max(255),
        pinned: z.boolean(),
      }),
    )
    .max(LIMITS.subscribedStreams),
});
/** The client has set the consumer up and can take packets. Video consumers start paused until then. */
export const ConsumerReady = message('consumer_ready', { consumer_id: Id });
/** The client shows what this consumer brings: what it `replaces` can go. Unsaid, that goes after some seconds. */
export const ConsumerShown = message('consumer_shown', { consumer_id: Id });
/** Opens a data channel to everybody in the meeting; one for each label and participant. */
export const ProduceData = message('produce_data', {
  label: DataLabel,
  sctp_stream_parameters: SctpStreamParameters,
});
export const CloseDataProducer = message('close_data_producer', { label: DataLabel });
/** What the client wants to receive at all. Replaces the last one; the default is everything. */
export const SetReceive = message('set_receive', {
  audio_only: z.boolean(),
  /** Bits per second of all video together; null: as much as the path carries. */
  max_bitrate: z.number().int().min(50_000).nullable(),
});
export const RestartIce = message('restart_ice', { transport_id: Id });
export const RenewToken = message('renew_token', { token: z.string().max(4096) });
/** Quality as the client sees it, every 5 s. */
export const Stats = message('stats', {
  /** Fraction of packets lost on the way down, 0–1. */
  loss: z.number().min(0).max(1),
  /** Milliseconds. */
  rtt: z.number().min(0).nullable(),
  jitter: z.number().min(0).nullable(),
  /** Bits per second. */
  available_outgoing_bitrate: z.number().min(0).nullable(),
  frames_dropped: z.number().int().min(0),
});

export const ClientToNode = z.discriminatedUnion('type', [
  Hello,
  ResumeSession,
  Activate,
  ConnectTransport,
  Produce,
  CloseProducer,
  Pause,
  Resume,
  Subscribe,
  LayersFlowing,
  ConsumerReady,
  ConsumerShown,
  ProduceData,
  CloseDataProducer,
  SetReceive,
  RestartIce,
  RenewToken,
  Stats,
  Ping,
]);
export type ClientToNode = z.infer<typeof ClientToNode>;

// ---- node → client ---------------------------------------------------------------------------------------

export const TransportParameters = z.object({
  transport_id: Id,
  ice_parameters: IceParameters,
  ice_candidates: z.array(IceCandidate).min(1),
  dtls_parameters: DtlsParameters,
  /** For data channels (RFC 8831) beside the media. */
  sctp_parameters: SctpParameters,
});
export type TransportParameters = z.infer<typeof TransportParameters>;

/** The answer to `hello`: with it the client can start ICE on both transports. */
export const Welcome = message('welcome', {
  node_id: NodeId,
  region: RegionId,
  boot_id: BootId,
  server_time: Timestamp,
  send_transport: TransportParameters,
  recv_transport: TransportParameters,
  streams: z.array(Stream),
  /** For `resume_session`. Absent where the node does not take sessions up again. */
  resume_key: ResumeKey.optional(),
});
export type Welcome = z.infer<typeof Welcome>;

/** The session goes on: next comes what the client has not received, and the client says again what follows `received`. */
export const SessionResumed = message('session_resumed', { received: MessageCount });

/** Answers a request that returns nothing. */
export const Ok = message('ok', {});
export const Produced = message('produced', { stream_id: StreamId, generation: Generation });
export const IceRestarted = message('ice_restarted', { transport_id: Id, ice_parameters: IceParameters });

export const StreamAvailable = message('stream_available', { stream: Stream });
export const StreamUpdated = message('stream_updated', { stream: Stream });
export const StreamRemoved = message('stream_removed', { stream_id: StreamId, generation: Generation });

/** A stream starts to arrive: set it up, then say `consumer_ready`. */
export const ConsumerCreated = message('consumer', {
  consumer_id: Id,
  producer_id: Id,
  stream_id: StreamId,
  generation: Generation,
  participant_id: ParticipantId,
  source: Source,
  kind: MediaKind,
  rtp_parameters: RtpParameters,
  /** The consumer of an older generation to drop once this one shows a frame. */
  replaces: Id.optional(),
});
export type ConsumerCreated = z.infer<typeof ConsumerCreated>;
export const ConsumerClosed = message('consumer_closed', { consumer_id: Id, stream_id: StreamId });
/** Which layer of a stream arrives now; null while none does. */
export const Layers = message('layers', {
  consumer_id: Id,
  stream_id: StreamId,
  current: z.object({ spatial: z.number().int(), temporal: z.number().int().nullable() }).nullable(),
});
export const DataProduced = message('data_produced', { data_producer_id: DataProducerId });
/** The node has ended a data channel of the client's own, which sent more than it may. */
export const DataProducerClosed = message('data_producer_closed', {
  data_producer_id: DataProducerId,
  label: DataLabel,
  reason: z.literal('rate_limited'),
});
/** Somebody's data channel starts to arrive. */
export const DataConsumerCreated = message('data_consumer', {
  data_consumer_id: Id,
  data_producer_id: DataProducerId,
  participant_id: ParticipantId,
  label: DataLabel,
  sctp_stream_parameters: SctpStreamParameters,
});
export type DataConsumerCreated = z.infer<typeof DataConsumerCreated>;
export const DataConsumerClosed = message('data_consumer_closed', { data_consumer_id: Id });

/**
 * Who is heard now, loudest first, and whose picture belongs in front. From the node, so that talking never
 * wakes the room. Sent on change, at most four times a second.
 */
export const Speakers = message('speakers', {
  /** The one who holds the floor; stays through pauses, null before anybody has spoken. */
  active: ParticipantId.nullable(),
  levels: z.array(AudioLevel).max(LIMITS.audibleSpeakers),
});
export type Speakers = z.infer<typeof Speakers>;

/**
 * How many layers of a video of the client's own anybody watches, from the smallest; 0: none. The others need not be
 * encoded. Until the first of these all are wanted, and more is wanted at once, less only after a while.
 */
export const PublishLayers = message('publish_layers', {
  source: Source,
  layers: z.number().int().min(0).max(4),
});

/**
 * How well a stream of the client's own arrives at the node: 0 (nothing) to 10 (all), per encoding. Empty while it need
 * not send any: it is muted, or nobody watches it.
 */
export const Score = message('score', {
  stream_id: StreamId,
  scores: z.array(z.number().min(0).max(10)).max(4),
});

/**
 * How well a stream that the client receives arrives at the node its sender is at, wherever that is: 0 (nothing) to 10
 * (all), by the best of its encodings. It says whose network is at fault. Null: nothing is known, as of a muted one.
 */
export const StreamScore = message('stream_score', {
  stream_id: StreamId,
  score: z.number().min(0).max(10).nullable(),
});

/**
 * To a standby: somebody else has come here from the node that this one is a standby for, which may be lost to all. It
 * proves nothing of that node; it is a reason to doubt it sooner.
 */
export const OthersCame = message('others_came', {});

/** The authorisation runs out: get a fresh token from the room and `renew_token`. */
export const TokenNeeded = message('token_needed', { expires_at: Timestamp });

export const NodeToClient = z.discriminatedUnion('type', [
  Welcome,
  SessionResumed,
  Ok,
  Produced,
  IceRestarted,
  StreamAvailable,
  StreamUpdated,
  StreamRemoved,
  ConsumerCreated,
  ConsumerClosed,
  Layers,
  DataProduced,
  DataProducerClosed,
  DataConsumerCreated,
  DataConsumerClosed,
  Speakers,
  PublishLayers,
  Score,
  StreamScore,
  OthersCame,
  TokenNeeded,
  ErrorMessage,
  Pong,
]);
export type NodeToClient = z.infer<typeof NodeToClient>;
