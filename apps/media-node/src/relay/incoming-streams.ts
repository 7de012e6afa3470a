import { MeridianError, producerId, type relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import type { SingleLayer, StreamInfo, Tap } from '../sfu/publication.ts';
import type { Message, RelayBody } from './relay-message.ts';
import type { RelayPath } from './relay-path.ts';
import {
  type FeedOrder,
  feedId,
  type RelayedStream,
  type StreamState,
  type StreamSupply,
} from './relayed-stream.ts';
import type { RelayedStreams } from './relayed-streams.ts';
import { Requests } from './requests.ts';

type Consumer = Message<'relay_consumer'>;
type Feed = { key: string; order: FeedOrder; single: SingleLayer | null; begun: boolean };

export type IncomingMessage = Message<
  | 'relay_stream_available'
  | 'relay_stream_updated'
  | 'relay_stream_removed'
  | 'relay_consumer'
  | 'relay_feed_over'
  | 'relay_feed_layer'
>;

export type IncomingStreamsOptions = {
  self: string;
  nodeId: string;
  streams: RelayedStreams;
  path: () => RelayPath | null;
  connected: () => boolean;
  send: (body: RelayBody) => void;
  logger: Logger;
};

/** The streams that a neighbour offers, and what of them comes from it. */
export class IncomingStreams {
  readonly #options: IncomingStreamsOptions;
  readonly #offered = new Map<string, RelayedStream>();
  /** By number. */
  readonly #feeds = new Map<number, Feed>();
  readonly #requests = new Requests<Consumer>();
  /** Offers from before the present socket that it has not repeated yet. */
  readonly #unconfirmed = new Set<string>();
  /** Resolves with the next socket; null while nobody waits for one. */
  #nextSocket: PromiseWithResolvers<void> | null = null;
  /** How many sockets there have been, and how often all was given up. */
  #sockets = 0;
  #closes = 0;
  readonly #supply: StreamSupply = {
    pull: (stream, order) => this.#pull(stream, order),
    drop: (stream, feed) => this.#drop(stream, feed),
    wish: ({ stream_id, generation }, layers) =>
      this.#options.send({ type: 'relay_wish', stream_id, generation, layers: [...layers] }),
  };

  constructor(options: IncomingStreamsOptions) {
    this.#options = options;
  }

  handle(message: IncomingMessage): void {
    switch (message.type) {
      case 'relay_stream_available':
        this.#offer(message);
        return;
      case 'relay_stream_updated':
        this.#find(message.stream).update(this.#options.nodeId, stateOf(message));
        return;
      case 'relay_stream_removed':
        this.#withdraw(producerId(message.stream_id, message.generation));
        return;
      case 'relay_consumer':
        this.#requests.answer(message.ref, message);
        return;
      // News of a feed may cross with the end of it.
      case 'relay_feed_over':
        this.#offered.get(keyOf(message))?.feedOver(message.feed);
        return;
      case 'relay_feed_layer': {
        const single = this.#feeds.get(message.feed)?.single;
        if (single == null) return;
        single.spatial = message.spatial;
        this.#offered.get(keyOf(message))?.emit('layer');
        return;
      }
    }
  }

  /** The neighbour has refused a request. */
  refuse(ref: relay.RelayMessage['ref'], error: MeridianError): void {
    this.#requests.refuse(ref, error);
  }

  /** A new socket: both sides begin anew to say what they have and want. */
  attached(): void {
    this.#sockets += 1;
    this.#requests.refuseAll(new MeridianError('timeout', 'the relay socket was replaced'));
    for (const key of this.#offered.keys()) this.#unconfirmed.add(key);
    for (const feed of this.#feeds.values()) {
      const stream = this.#offered.get(feed.key);
      if (stream !== undefined) this.#confirm(stream, feed);
    }
    this.#nextSocket?.resolve();
    this.#nextSocket = null;
  }

  /** The socket is gone. */
  detached(): void {
    this.#requests.refuseAll(new MeridianError('timeout', 'the relay socket is gone'));
  }

  /** What the new socket has not offered again by now is gone. */
  forgetUnconfirmed(): void {
    for (const key of [...this.#unconfirmed]) this.#withdraw(key);
  }

  close(): void {
    this.#closes += 1;
    this.detached();
    this.#nextSocket?.reject(new MeridianError('timeout', 'the relay link is down'));
    this.#nextSocket = null;
    for (const key of [...this.#offered.keys()]) this.#withdraw(key);
  }

  #offer(message: Message<'relay_stream_available'>): void {
    const { self, nodeId, streams } = this.#options;
    const { stream, origin, path } = message;
    const route = { origin, path };
    const key = keyOf(stream);
    if (route.path.includes(self) || route.origin === self) {
      // What came this way before may have come another.
      this.#withdraw(key);
      throw new MeridianError('conflict', 'the stream has been here before');
    }
    this.#unconfirmed.delete(key);
    if (!this.#offered.has(key) && this.#offered.size >= RELAY.maxStreams) {
      throw new MeridianError('overloaded', 'too many streams');
    }
    const relayed = streams.offer(stream, {
      from: nodeId,
      route,
      state: stateOf(message),
      supply: this.#supply,
    });
    if (this.#offered.get(key) === relayed) return;
    this.#offered.set(key, relayed);
    relayed.once('closed', () => {
      if (this.#offered.get(key) === relayed) this.#forget(key);
    });
  }

  #withdraw(key: string): void {
    const relayed = this.#offered.get(key);
    this.#forget(key);
    relayed?.withdraw(this.#options.nodeId);
  }

  #forget(key: string): void {
    this.#offered.delete(key);
    this.#unconfirmed.delete(key);
  }

  async #pull(stream: StreamInfo, order: FeedOrder): Promise<Tap> {
    try {
      const answer = await this.#askOverAny(stream, order);
      const path = this.#options.path();
      if (path === null) throw new MeridianError('timeout', 'the path is gone');
      const single = answer.spatial === null ? null : { spatial: answer.spatial };
      const feed = { key: keyOf(stream), order, single, begun: false };
      this.#feeds.set(order.feed, feed);
      const producer = await path.receive(answer.carriage, {
        id: feedId(stream, order.feed),
        kind: answer.kind,
        rtpParameters: answer.rtp_parameters,
        paused: answer.paused,
      });
      const forget = () => this.#feeds.delete(order.feed);
      producer.observer.once('close', forget);
      if (producer.closed) forget();
      const start = () => {
        if (feed.begun) return;
        feed.begun = true;
        this.#begin(stream, order.feed);
      };
      return { producer, router: path.router, single, start };
    } catch (error) {
      this.#feeds.delete(order.feed);
      this.#drop(stream, order.feed);
      throw error;
    }
  }

  #drop({ stream_id, generation }: StreamInfo, feed: number): void {
    this.#options.send({ type: 'relay_unsubscribe', stream_id, generation, feed });
  }

  /**
   * A socket that breaks is mostly back within a second. Whoever waits for a stream then has it at once, and asks again
   * where the answer was lost with the socket.
   */
  async #askOverAny(stream: StreamInfo, order: FeedOrder): Promise<Consumer> {
    const end = performance.now() + RELAY.requestTimeout;
    const left = () => Math.max(0, end - performance.now());
    const closes = this.#closes;
    for (;;) {
      if (!this.#options.connected()) {
        this.#nextSocket ??= Promise.withResolvers();
        await withDeadline(this.#nextSocket.promise, left(), 'waiting for the relay link');
      }
      const socket = this.#sockets;
      try {
        return await withDeadline(this.#ask(stream, order), left(), 'asking another node');
      } catch (error) {
        const lost = !this.#options.connected() || socket !== this.#sockets;
        if (!lost || closes !== this.#closes || left() === 0) throw error;
      }
    }
  }

  #ask({ stream_id, generation }: StreamInfo, { feed, carriage, layers }: FeedOrder): Promise<Consumer> {
    if (!this.#options.connected()) {
      return Promise.reject(new MeridianError('timeout', 'the relay link is down'));
    }
    return this.#requests.ask((ref) =>
      this.#options.send({
        type: 'relay_subscribe',
        ref,
        stream_id,
        generation,
        feed,
        carriage,
        layers: [...layers],
      }),
    );
  }

  /** After a reconnect: asks again for what comes already, so that the other side goes on sending it. */
  #confirm(relayed: RelayedStream, { order, begun }: Feed): void {
    const { stream } = relayed;
    this.#ask(stream, { ...order, layers: relayed.demand.layers }).then(
      () => {
        if (begun) this.#begin(stream, order.feed);
      },
      (error: unknown) => {
        const { logger } = this.#options;
        logger.warn({ err: error, stream_id: stream.stream_id }, 'stream lost over a reconnect');
        this.#withdraw(keyOf(stream));
      },
    );
  }

  #begin({ stream_id, generation }: StreamInfo, feed: number): void {
    this.#options.send({ type: 'relay_begin', stream_id, generation, feed });
  }

  #find(names: Pick<StreamInfo, 'stream_id' | 'generation'>): RelayedStream {
    const offered = this.#offered.get(keyOf(names));
    if (offered === undefined) throw new MeridianError('unknown_stream', 'the stream was not announced');
    return offered;
  }
}

function stateOf({
  stream: { layers, paused },
  flowing,
  score,
}: Message<'relay_stream_available' | 'relay_stream_updated'>): StreamState {
  return { layers, paused, flowing: flowing ?? Number.POSITIVE_INFINITY, score: score ?? null };
}

function keyOf({ stream_id, generation }: Pick<StreamInfo, 'stream_id' | 'generation'>): string {
  return producerId(stream_id, generation);
}
