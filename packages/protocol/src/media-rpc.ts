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
} from './rtp.ts';

/** Media RPC: browser ↔ media node, over a WebSocket at the `url` of the SfuEndpoint. */
export const MEDIA_SUBPROTOCOL = 'meridian.media.v1';

const Id = z.string().min(1).max(128);

// ---- client → node ---------------------------------------------------------------------------------------

/** First message, within 5 s of opening. */
export const Hello = message('hello', {
  token: z.string().max(4096),
  /** Which version of the router capabilities the client has built in. */
  caps_version: z.number().int(),
  transport: z.literal('webrtc'),
  /** What the client can receive. Sent along so that consumers can follow the welcome at once. */
  rtp_capabilities: RtpCapabilities,
});
export const ConnectTransport = message('connect_transport', {
  transport_id: Id,
  dtls_parameters: DtlsParameters,
});
export const Produce = message('produce', {
  source: Source,
  rtp_parameters: RtpParameters,
  layers: z.array(Layer).max(4),
  /** Publish without sending yet: joined muted. */
  paused: z.boolean(),
});
export const CloseProducer = message('close_producer', { source: Source });
export const Pause = message('pause', { source: Source });
export const Resume = message('resume', { source: Source });

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
  ConnectTransport,
  Produce,
  CloseProducer,
  Pause,
  Resume,
  Subscribe,
  ConsumerReady,
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
});
export type Welcome = z.infer<typeof Welcome>;

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
/** The authorisation runs out: get a fresh token from the room and `renew_token`. */
export const TokenNeeded = message('token_needed', { expires_at: Timestamp });

export const NodeToClient = z.discriminatedUnion('type', [
  Welcome,
  Ok,
  Produced,
  IceRestarted,
  StreamAvailable,
  StreamUpdated,
  StreamRemoved,
  ConsumerCreated,
  ConsumerClosed,
  Layers,
  TokenNeeded,
  ErrorMessage,
  Pong,
]);
export type NodeToClient = z.infer<typeof NodeToClient>;
