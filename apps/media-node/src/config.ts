import { availableParallelism } from 'node:os';
import { NodeId, RegionId } from '@meridian/protocol';
import { z } from 'zod';

const port = () => z.coerce.number().int().min(1).max(65535);

const Environment = z
  .object({
    NODE_ID: NodeId,
    REGION: RegionId,
    LATITUDE: z.coerce.number().min(-90).max(90),
    LONGITUDE: z.coerce.number().min(-180).max(180),
    /** Origin of the edge: tokens, cell link and room links. */
    CONTROL_URL: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
    /** Signs what the node says about itself towards cells and rooms. */
    FLEET_SECRET: z.string().min(16),
    LISTEN_ADDRESS: z.string().min(1).default('0.0.0.0'),
    PORT: port(),
    /** Where clients and other nodes reach PORT: `${PUBLIC_URL}/media`, `${PUBLIC_URL}/relay`. */
    PUBLIC_URL: z.url({ protocol: /^wss?$/ }).transform((url) => url.replace(/\/+$/, '')),
    /** Address the RTC sockets listen on, and the one that ICE candidates carry. */
    MEDIA_ADDRESS: z.string().min(1),
    ANNOUNCED_ADDRESS: z.string().min(1).optional(),
    /** Worker i listens on MEDIA_PORT + i, UDP and TCP. */
    MEDIA_PORT: port(),
    /** Address at which the other nodes of the fleet reach the pipes of this one. */
    RELAY_ADDRESS: z.string().min(1),
    RELAY_PORT_MIN: port(),
    RELAY_PORT_MAX: port(),
    WORKERS: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
    CAPACITY: z.coerce.number().int().min(1).default(500),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine((env) => env.RELAY_PORT_MIN <= env.RELAY_PORT_MAX, {
    path: ['RELAY_PORT_MAX'],
    message: 'must not be below RELAY_PORT_MIN',
  })
  .refine((env) => env.MEDIA_PORT + env.WORKERS - 1 <= 65535, {
    path: ['MEDIA_PORT'],
    message: 'leaves no ports for all WORKERS',
  });

export type Config = Readonly<z.infer<typeof Environment>> & { readonly announcedAddress: string };

/** Reads the configuration once; names every variable that is wrong. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const result = Environment.safeParse(env);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`invalid environment\n${lines.join('\n')}`);
  }
  return { ...result.data, announcedAddress: result.data.ANNOUNCED_ADDRESS ?? result.data.MEDIA_ADDRESS };
}

/** Sent as `version` of the node: what operators compare during a rollout. */
export const NODE_VERSION = '0.1.0';

/** Milliseconds, unless the name says otherwise. */
export const MEDIA_SOCKET = {
  /** A socket that has not said who it is costs a file descriptor only, so an attacker may hold one this long. */
  helloTimeout: 5_000,
  /** Sockets that may be waiting for their hello at once. */
  maxUnauthenticated: 1_000,
  /** Seconds without a frame after which uWS closes; it sends pings by itself in between. */
  idleTimeout: 32,
  /** Bytes a slow reader may have outstanding. A whole join of 100 consumers is about 300 KiB. */
  maxBacklogBytes: 1024 * 1024,
  /**
   * Frames at once, and per second from then on. A join into a full meeting answers `consumer_ready` some
   * hundred times in one burst; nothing that behaves comes near.
   */
  burst: 600,
  perSecond: 60,
} as const;

export const PEER = {
  /**
   * How long the transports of a peer outlive its socket. Others go on seeing and hearing somebody whose
   * socket blinks, until the new socket publishes; longer would show frozen pictures of people who left.
   */
  linger: 10_000,
  /** What the bandwidth estimation starts from, bits per second: a 360p layer at once, more within a second. */
  initialOutgoingBitrate: 1_000_000,
  /** Seconds without an answer to an ICE consent check (RFC 7675) until the transport counts as gone. */
  iceConsentTimeout: 20,
  /** Audio comes without asking, so what one peer can be made to receive needs a bound of ours. */
  maxAudioConsumers: 200,
  /** How long a client may leave a republished stream without a packet before the old one goes anyway. */
  replaceTimeout: 5_000,
  /** From the first packet of a new generation to closing the old: receivers set the new one up meanwhile. */
  replaceGrace: 1_000,
  /** mediasoup's consumer priority of what somebody pinned: before everything else. */
  pinnedPriority: 255,
  /** Before a stream that could not be had (relay down, worker slow) is tried again. */
  consumeRetry: 1_000,
  /** A key frame serves everybody who waits for one; one per second and source bounds what receivers can cause. */
  keyFrameRequestDelay: 1_000,
} as const;

export const AUTHORISATION = {
  /** The room learns of a joiner beside the node, so a state this much newer than a hello must know them. */
  roomGrace: 5_000,
  /** How long before the authorisation runs out the client is asked for a new token. */
  renewBefore: 30_000,
} as const;

export const TOKENS = {
  /** One request to the edge; joins wait for it when a key is new. */
  jwksTimeout: 3_000,
  /** At most one refetch per this for key ids nobody knows, whatever arrives. */
  jwksCooldown: 5_000,
  jwksMaxAge: 600_000,
  /** Seconds by which clocks of edge and node may differ. */
  clockTolerance: 5,
} as const;

export const SFU = {
  /** A request to a mediasoup worker. They answer in about a millisecond; one that does not is ill. */
  workerTimeout: 5_000,
  /** Before a worker that died is started anew, so that one that cannot start does not spin. */
  workerRestartDelay: 500,
  /** How long a meeting that was granted by the cell, or was left by its last peer, is kept ready. */
  meetingHold: 30_000,
  /** How often meetings are looked through for ones that nobody wants any more. */
  sweep: 5_000,
  maxMeetings: 2_000,
} as const;

export const RELAY = {
  /** Asking another node: welcome, or the parameters of a stream. */
  requestTimeout: 5_000,
  /** A pulled stream that nobody watches any more is kept this long: people page back and forth. */
  demandLinger: 5_000,
  /** Pipe and streams survive the loss of their socket this long: unknown is not lost. */
  socketGrace: 10_000,
  /** After a reconnect, streams the other side has not announced again by then are gone. */
  resync: 2_000,
  /** Streams one node may announce for one meeting. */
  maxStreams: 4_000,
  /** Frames from one node at once, and per second. */
  burst: 10_000,
  perSecond: 2_000,
  maxBacklogBytes: 4 * 1024 * 1024,
  idleTimeout: 32,
} as const;

export const LINK = {
  handshakeTimeout: 5_000,
  /** Keep-alive; a link silent for longer than interval + timeout is dialled anew. */
  pingInterval: 10_000,
  pongTimeout: 5_000,
  /** Reconnects: full jitter between the two, doubling. */
  backoffMin: 100,
  backoffMax: 5_000,
  maxBacklogBytes: 4 * 1024 * 1024,
} as const;

export const LOAD = {
  /** Reading the counters of every transport costs a message to the worker each. */
  trafficSample: 5_000,
  loopDelayResolution: 10,
  /** A heartbeat waits no longer for a worker: a node that is silent for 2 s is suspected dead. */
  workerAnswer: 300,
} as const;

/** From SIGTERM to exit. Supervisors and tests count on it. */
export const SHUTDOWN_TIMEOUT = 1_200;
