import { MeridianError, type relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { Publication } from '../sfu/publication.ts';
import { OutgoingFeed } from './outgoing-feed.ts';
import type { RelayPath } from './relay-path.ts';
import type { FeedOrder } from './relayed-stream.ts';

type Body<T extends relay.RelayMessage['type']> = Omit<Extract<relay.RelayMessage, { type: T }>, 'v' | 'ref'>;
export type FeedNews = Body<'relay_feed_over'> | Body<'relay_feed_layer'>;

type Entry = { opening: Promise<OutgoingFeed>; open: OutgoingFeed | null; doubted: boolean };

/**
 * What a neighbour receives of one stream: mostly one feed, two while it changes from one to the other. What it
 * wishes for counts as demand for the stream.
 */
export class OutgoingStream {
  readonly publication: Publication;
  readonly #send: (body: FeedNews) => void;
  readonly #entries = new Map<number, Entry>();
  #wished: readonly number[] = [];

  constructor(publication: Publication, send: (body: FeedNews) => void) {
    this.publication = publication;
    this.#send = send;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Asking twice for a feed gives the same one. */
  async open(path: RelayPath, order: FeedOrder): Promise<Body<'relay_consumer'>> {
    this.#wish(order.layers);
    const entry = this.#entries.get(order.feed) ?? this.#create(path, order);
    entry.doubted = false;
    const feed = await entry.opening;
    if (feed.closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    return {
      type: 'relay_consumer',
      ...this.#names(order.feed),
      ...feed.description,
    };
  }

  async begin(feed: number): Promise<void> {
    await this.#entries.get(feed)?.open?.begin();
  }

  wish(layers: readonly number[]): void {
    if (this.#entries.size === 0) return;
    this.#wish(layers);
  }

  closeFeed(number: number): void {
    const entry = this.#entries.get(number);
    this.#entries.delete(number);
    entry?.opening.then(
      (feed) => feed.close(),
      () => {},
    );
    if (this.#entries.size === 0) this.#wish([]);
  }

  /** A new socket: what is not asked for again on it is not wanted any more. */
  doubt(): void {
    for (const entry of this.#entries.values()) entry.doubted = true;
  }

  closeDoubted(): void {
    for (const [number, { doubted }] of [...this.#entries]) if (doubted) this.closeFeed(number);
  }

  close(): void {
    for (const number of [...this.#entries.keys()]) this.closeFeed(number);
  }

  #create(path: RelayPath, order: FeedOrder): Entry {
    if (this.#entries.size >= RELAY.maxFeeds) throw new MeridianError('overloaded', 'too many feeds of this');
    const number = order.feed;
    const entry: Entry = {
      opening: OutgoingFeed.open(path, this.publication, order, {
        over: () => this.#over(number, entry),
        layer: (spatial) => this.#send({ type: 'relay_feed_layer', ...this.#names(number), spatial }),
      }),
      open: null,
      doubted: false,
    };
    this.#entries.set(number, entry);
    entry.opening.then(
      (feed) => {
        entry.open = feed;
        // It may have become another while this one was being opened.
        feed.wish(this.#wished);
      },
      () => {
        if (this.#entries.get(number) === entry) this.closeFeed(number);
      },
    );
    return entry;
  }

  #over(number: number, entry: Entry): void {
    if (this.#entries.get(number) !== entry) return;
    if (entry.open?.closed === true) this.closeFeed(number);
    if (!this.publication.closed) this.#send({ type: 'relay_feed_over', ...this.#names(number) });
  }

  #wish(layers: readonly number[]): void {
    this.#wished = layers;
    this.publication.demand.set(this, layers);
    for (const { open } of this.#entries.values()) open?.wish(layers);
  }

  #names(feed: number) {
    const { stream_id, generation } = this.publication.stream;
    return { stream_id, generation, feed };
  }
}
