import { MeridianError, producerId, type relay } from '@meridian/protocol';
import type { Publication } from '../sfu/publication.ts';
import { Announcements } from './announcements.ts';
import { type FeedNews, OutgoingStream } from './outgoing-stream.ts';
import type { Message, RelayBody } from './relay-message.ts';
import type { RelayPath } from './relay-path.ts';

export type OutgoingStreamsOptions = {
  /** Whether the topology wants what came this way to be passed on to the neighbour. */
  passesOn: (route: relay.RelayRoute) => boolean;
  path: () => RelayPath | null;
  send: (body: RelayBody) => void;
};

export type OutgoingMessage = Message<'relay_subscribe' | 'relay_begin' | 'relay_unsubscribe' | 'relay_wish'>;

/** The streams that a neighbour is offered, and those of them that it receives. */
export class OutgoingStreams {
  readonly #options: OutgoingStreamsOptions;
  readonly #announcements: Announcements<Publication>;
  readonly #streams = new Map<string, OutgoingStream>();

  constructor(options: OutgoingStreamsOptions) {
    this.#options = options;
    this.#announcements = new Announcements({
      passesOn: options.passesOn,
      offer: (publication, route) =>
        options.send({ type: 'relay_stream_available', ...stateOf(publication), ...route }),
      withdraw: ({ stream: { stream_id, generation } }) => {
        options.send({ type: 'relay_stream_removed', stream_id, generation });
        this.#close(producerId(stream_id, generation));
      },
    });
  }

  /** A publication has come, or it or the topology has changed. `route`: how it is at the neighbour. */
  sync(publication: Publication, route: relay.RelayRoute): void {
    this.#announcements.sync(keyOf(publication), publication, route);
  }

  updated(publication: Publication): void {
    if (this.#announcements.find(keyOf(publication)) === undefined) return;
    this.#options.send({ type: 'relay_stream_updated', ...stateOf(publication) });
  }

  gone(publication: Publication): void {
    this.#announcements.gone(keyOf(publication));
  }

  async handle(message: OutgoingMessage): Promise<void> {
    const stream = this.#streams.get(producerId(message.stream_id, message.generation));
    switch (message.type) {
      case 'relay_subscribe':
        await this.#serve(message);
        return;
      case 'relay_begin':
        await stream?.begin(message.feed);
        return;
      case 'relay_unsubscribe':
        stream?.closeFeed(message.feed);
        if (stream?.size === 0) this.#close(keyOf(stream.publication));
        return;
      case 'relay_wish':
        stream?.wish(message.layers);
        return;
    }
  }

  /** A new socket: both sides begin anew to say what they have and want. */
  attached(): void {
    this.#announcements.clear();
    for (const stream of this.#streams.values()) stream.doubt();
  }

  /** What the new socket has not asked for again by now is not wanted. */
  closeDoubted(): void {
    for (const [key, stream] of [...this.#streams]) {
      stream.closeDoubted();
      if (stream.size === 0) this.#close(key);
    }
  }

  /** Nothing goes on: the path has been given up. What has been offered can be asked for again. */
  clear(): void {
    for (const key of [...this.#streams.keys()]) this.#close(key);
  }

  close(): void {
    this.#announcements.clear();
    this.clear();
  }

  /** The neighbour wants a stream that it has been offered. */
  async #serve(order: Message<'relay_subscribe'>): Promise<void> {
    const key = producerId(order.stream_id, order.generation);
    const publication = this.#announcements.find(key);
    if (publication === undefined) throw new MeridianError('unknown_stream', 'no such stream for you here');
    const path = this.#options.path();
    if (path === null) throw new MeridianError('timeout', 'the path is gone');
    const stream = this.#streams.get(key) ?? this.#create(key, publication);
    const answer = await stream.open(path, order);
    if (publication.closed || this.#streams.get(key) !== stream) {
      throw new MeridianError('unknown_stream', 'the stream is gone');
    }
    this.#options.send({ ...answer, ...(order.ref === undefined ? {} : { ref: order.ref }) });
  }

  #create(key: string, publication: Publication): OutgoingStream {
    const stream = new OutgoingStream(publication, (news: FeedNews) => this.#options.send(news));
    this.#streams.set(key, stream);
    return stream;
  }

  #close(key: string): void {
    const stream = this.#streams.get(key);
    this.#streams.delete(key);
    stream?.close();
  }
}

function stateOf({ stream, flowing, score }: Publication) {
  return { stream, ...(Number.isFinite(flowing) ? { flowing } : {}), ...(score === null ? {} : { score }) };
}

function keyOf({ stream }: Publication): string {
  return producerId(stream.stream_id, stream.generation);
}
