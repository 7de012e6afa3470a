import { once } from 'node:events';
import {
  CAPS_VERSION,
  encode,
  LIMITS,
  mediaRpc,
  parseFrame,
  type Ref,
  ROUTER_RTP_CAPABILITIES,
  type RtpCapabilities,
} from '@meridian/protocol';
import WebSocket from 'ws';

type Request = Parameters<typeof encode<mediaRpc.ClientToNode>>[0];
type Message<T extends mediaRpc.NodeToClient['type']> = Extract<mediaRpc.NodeToClient, { type: T }>;

type Pending = {
  resolve: (answer: mediaRpc.NodeToClient) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

const ANSWER_TIMEOUT = 10_000;

/**
 * What a client without a browser can take: no bandwidth estimation (it sends no feedback for it) and no
 * retransmissions.
 */
export const PLAIN_CAPABILITIES: RtpCapabilities = {
  codecs: ROUTER_RTP_CAPABILITIES.codecs
    .filter(({ mimeType }) => mimeType === 'audio/opus' || mimeType === 'video/VP8')
    .map((codec) => ({
      ...codec,
      rtcpFeedback: codec.rtcpFeedback?.filter(({ type }) => type === 'nack') ?? [],
    })),
  headerExtensions:
    ROUTER_RTP_CAPABILITIES.headerExtensions?.filter(
      ({ uri }) => uri.endsWith(':mid') || uri.endsWith(':ssrc-audio-level'),
    ) ?? [],
};

/** The media RPC as a client speaks it. */
export class MediaSocket {
  /** Streams of the others, by id. */
  readonly streams = new Map<string, mediaRpc.Welcome['streams'][number]>();
  /** What comes from them, by consumer id. */
  readonly consumers = new Map<string, mediaRpc.ConsumerCreated>();
  readonly #socket: WebSocket;
  readonly #pending = new Map<Ref | undefined, Pending>();
  readonly #listeners = new Set<(message: mediaRpc.NodeToClient) => void>();
  #nextRef = 1;

  /** Opens the socket and says hello. */
  static async open(url: string, token: string): Promise<{ socket: MediaSocket; welcome: mediaRpc.Welcome }> {
    const opened = new WebSocket(url, [mediaRpc.MEDIA_SUBPROTOCOL]);
    await once(opened, 'open');
    const socket = new MediaSocket(opened);
    const welcome = await socket.request({
      type: 'hello',
      token,
      caps_version: CAPS_VERSION,
      transport: 'webrtc',
      rtp_capabilities: PLAIN_CAPABILITIES,
    });
    if (welcome.type !== 'welcome') throw new Error(`not welcome: ${JSON.stringify(welcome)}`);
    return { socket, welcome };
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(parse(data)));
    socket.on('close', (code) => {
      for (const ref of [...this.#pending.keys()]) this.#settle(ref, new Error(`closed with ${code}`));
    });
  }

  on(listener: (message: mediaRpc.NodeToClient) => void): void {
    this.#listeners.add(listener);
  }

  /** Sends a request and waits for its answer. */
  request(request: Request): Promise<mediaRpc.NodeToClient> {
    const ref = this.#nextRef++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(ref, new Error(`no answer to ${request.type}`)),
        ANSWER_TIMEOUT,
      );
      this.#pending.set(ref, { resolve, reject, timer });
      this.#socket.send(encode<mediaRpc.ClientToNode>({ ...request, ref }));
    });
  }

  close(): void {
    this.#socket.close(1000);
  }

  #take(message: mediaRpc.NodeToClient): void {
    if (message.type === 'welcome') {
      for (const stream of message.streams) this.streams.set(stream.stream_id, stream);
    }
    if (message.type === 'stream_available') this.streams.set(message.stream.stream_id, message.stream);
    if (message.type === 'stream_removed') this.#remove(message);
    if (message.type === 'consumer') this.consumers.set(message.consumer_id, message);
    if (message.type === 'consumer_closed') this.consumers.delete(message.consumer_id);
    if (message.type === 'error') {
      this.#settle(message.ref, new Error(`${message.code}: ${message.message}`));
    } else this.#settle(message.ref, message);
    for (const listener of this.#listeners) listener(message);
  }

  #settle(ref: Ref | undefined, outcome: mediaRpc.NodeToClient | Error): void {
    const waiting = this.#pending.get(ref);
    this.#pending.delete(ref);
    clearTimeout(waiting?.timer);
    if (outcome instanceof Error) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  }

  /** Unless a newer generation has taken its place. */
  #remove({ stream_id, generation }: Message<'stream_removed'>): void {
    if (this.streams.get(stream_id)?.generation === generation) this.streams.delete(stream_id);
  }
}

function parse(data: WebSocket.RawData): mediaRpc.NodeToClient {
  const parsed = parseFrame(mediaRpc.NodeToClient, data.toString(), LIMITS.linkFrameBytes);
  if (!parsed.ok) throw parsed.error;
  return parsed.message;
}
