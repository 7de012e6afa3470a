import { isDeepStrictEqual } from 'node:util';
import { MeridianError, producerId, type relay } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { Logger } from '../logger.ts';
import { firstPacket } from '../sfu/first-packet.ts';
import { type Lease, Publication, type StreamInfo, type Tap } from '../sfu/publication.ts';
import { PulledTap } from '../sfu/pulled-tap.ts';
import { CarriageChoice } from './carriage.ts';

/** One passage of a stream over a link, as it is asked for. `layers`: those that are watched. */
export type FeedOrder = { feed: number; carriage: relay.Carriage; layers: readonly number[] };

/** How a relayed stream gets its packets: a neighbour that has it. */
export type StreamSupply = {
  pull(stream: StreamInfo, order: FeedOrder): Promise<Tap>;
  /** Nobody here wants this feed any more. */
  drop(stream: StreamInfo, feed: number): void;
  /** Which layers are watched now. */
  wish(stream: StreamInfo, layers: readonly number[]): void;
};

/** All that changes of a generation. `flowing`: how many of its layers leave the sender, from the smallest. */
export type StreamState = Pick<StreamInfo, 'layers' | 'paused'> & {
  readonly flowing: number;
  readonly score: number | null;
};

export type Offer = {
  readonly from: string;
  readonly route: relay.RelayRoute;
  /** What it is at that neighbour. */
  readonly state: StreamState;
  readonly supply: StreamSupply;
};

type Feed = {
  readonly number: number;
  readonly offer: Offer;
  readonly carriage: relay.Carriage;
  readonly tap: PulledTap;
  /** Resolves when another has taken over from it. */
  readonly replaced: PromiseWithResolvers<null>;
  /** Somebody can take packets of it. */
  started: boolean;
  /** The neighbour has said that it ends. */
  over: boolean;
};

export type RelayedStreamOptions = {
  /** The neighbour that it should come from; undefined while the topology knows of none. */
  parent: (origin: string) => string | undefined;
  /** A number no other feed of this node has. */
  nextFeed: () => number;
  logger: Logger;
};

/**
 * A stream that neighbours offer. It is pulled from one of them while somebody here has acquired it, and for a moment
 * longer. When another neighbour or another carriage is better, a second feed takes over as soon as it flows.
 */
export class RelayedStream extends Publication {
  readonly isLocal = false;
  readonly #options: RelayedStreamOptions;
  /** By neighbour. More than one only while nodes differ in what they know of the topology. */
  readonly #offers = new Map<string, Offer>();
  #stream: StreamInfo;
  #carriage: CarriageChoice;
  #feed: Feed | null = null;
  /** The one that is about to take over. */
  #next: Feed | null = null;
  #edition = 0;
  /** As others have been told of it. */
  #path: string;
  #due: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #flowing: number;
  #score: number | null;
  #closed = false;

  constructor(stream: StreamInfo, first: Offer, options: RelayedStreamOptions) {
    super();
    this.#stream = stream;
    this.#options = options;
    this.#offers.set(first.from, first);
    this.#path = first.route.path.join();
    this.#flowing = first.state.flowing;
    this.#score = first.state.score;
    this.#carriage = new CarriageChoice([]);
    this.demand.on('changed', () => this.#demandChanged());
  }

  get stream(): StreamInfo {
    return this.#stream;
  }

  get closed(): boolean {
    return this.#closed;
  }

  override get flowing(): number {
    return this.#flowing;
  }

  override get score(): number | null {
    return this.#score;
  }

  get edition(): number {
    return this.#edition;
  }

  /** How it comes here. */
  get route(): relay.RelayRoute {
    return this.#best().route;
  }

  /** Whether packets come, or have been asked for. */
  get pulled(): boolean {
    return this.#feed?.tap.pulled === true;
  }

  /** How it is carried while it is pulled, and from which neighbour. */
  get feed(): { readonly carriage: relay.Carriage; readonly from: string } | null {
    return this.#feed?.tap.pulled === true
      ? { carriage: this.#feed.carriage, from: this.#feed.offer.from }
      : null;
  }

  /** A neighbour offers it, perhaps again and over another way. */
  offer(offer: Offer): void {
    if (this.#closed) return;
    this.#offers.set(offer.from, offer);
    this.reconsider();
  }

  /** A neighbour does not offer it any more, or is gone. */
  withdraw(from: string): void {
    if (!this.#offers.delete(from) || this.#closed) return;
    if (this.#offers.size === 0) this.close();
    else this.reconsider();
  }

  /** It has become another at a neighbour that offers it. */
  update(from: string, state: StreamState): void {
    const offer = this.#offers.get(from);
    if (offer === undefined || this.#closed) return;
    this.#offers.set(from, { ...offer, state });
    this.#adoptState();
  }

  async acquire(): Promise<Lease> {
    if (this.#closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    if (this.#feed?.tap.pulled !== true) {
      this.#carriage = new CarriageChoice(this.demand.layers);
      this.#feed = this.#open();
    }
    const { tap, replaced } = this.#feed;
    const acquired = tap.acquire();
    const lease = await Promise.race([acquired, replaced.promise]);
    if (lease !== null) return lease;
    // The neighbour it was asked of may be dead, and waited for as long as one may take to answer.
    acquired.then(({ release }) => release()).catch(() => {});
    return this.acquire();
  }

  /** A neighbour will end a feed, or has ended it. */
  feedOver(number: number): void {
    for (const feed of [this.#feed, this.#next]) if (feed?.number === number) feed.over = true;
    this.reconsider();
  }

  /** Looks whether it should come another way, and sees to it. */
  reconsider(): void {
    if (this.#closed) return;
    this.#routeMayDiffer();
    this.#adoptState();
    if (!this.pulled || this.#feed === null) return;
    if (this.#fits(this.#feed)) {
      this.#abandonNext();
    } else if (this.#next === null || !this.#fits(this.#next)) {
      void this.#switch();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#due);
    clearTimeout(this.#retry);
    this.#feed?.tap.close();
    this.#next?.tap.close();
    this.emit('closed');
  }

  #routeMayDiffer(): void {
    const path = this.route.path.join();
    if (path === this.#path) return;
    this.#path = path;
    this.emit('rerouted');
  }

  /**
   * It is what it is at the neighbour that it should come from. What others say may be older, and where two took over what
   * the other says, they would tell each other for ever.
   */
  #adoptState(): void {
    const { layers, paused, flowing, score } = this.#best().state;
    if (flowing !== this.#flowing) {
      this.#flowing = flowing;
      this.emit('flow');
    }
    if (score !== this.#score) {
      this.#score = score;
      this.emit('scored');
    }
    const stream = this.#stream;
    if (paused === stream.paused && isDeepStrictEqual(layers, stream.layers)) return;
    this.#stream = { ...stream, layers, paused };
    this.#feed?.tap.pauseChanged();
    this.#next?.tap.pauseChanged();
    this.emit('updated');
  }

  /** The offer of the neighbour the topology names; else the one in use. */
  #best(): Offer {
    const inUse = this.#feed === null ? undefined : this.#offers.get(this.#feed.offer.from);
    const [first] = this.#offers.values();
    const origin = first?.route.origin ?? '';
    const best = this.#offers.get(this.#options.parent(origin) ?? '') ?? inUse ?? first;
    if (best === undefined) throw new Error('a stream that nobody offers');
    return best;
  }

  #fits({ offer, carriage, over }: Feed): boolean {
    return !over && offer.from === this.#best().from && carriage === this.#wantedCarriage();
  }

  /** Where there is nothing to choose from, all of it comes. */
  #wantedCarriage(): relay.Carriage {
    return this.#stream.layers.length > 1 ? this.#carriage.current : 'full';
  }

  #open(): Feed {
    const number = this.#options.nextFeed();
    const offer = this.#best();
    const carriage = this.#wantedCarriage();
    const feed: Feed = {
      number,
      offer,
      carriage,
      replaced: Promise.withResolvers<null>(),
      started: false,
      over: false,
      tap: new PulledTap({
        pull: async () => {
          const order = { feed: number, carriage, layers: this.demand.layers };
          const tap = await offer.supply.pull(this.#stream, order);
          const start = () => {
            feed.started = true;
            tap.start();
          };
          return { ...tap, start };
        },
        dropped: () => {
          offer.supply.drop(this.#stream, number);
          if (this.#feed === feed) this.#feed = null;
        },
        paused: () => this.#stream.paused,
        linger: RELAY.demandLinger,
      }),
    };
    return feed;
  }

  /** Brings the better feed up and lets it take over. Receivers find it as another edition. */
  async #switch(): Promise<void> {
    this.#abandonNext();
    const next = this.#open();
    this.#next = next;
    let lease: Lease | undefined;
    let hold = 0;
    try {
      lease = await next.tap.acquire();
      // What nobody can take yet, a standby's, need not flow to take over.
      const needed = this.#feed?.started === true && !this.#stream.paused;
      if (needed) lease.start();
      const flows = !needed || (await firstPacket(lease.producer, RELAY.switchTimeout));
      if (this.#closed || this.#next !== next) return;
      if (lease.producer.closed) throw new MeridianError('unknown_stream', 'the feed has closed');
      // A feed that brings nothing is no better than one that may.
      if (!flows && this.pulled && this.#feed?.over === false) {
        throw new MeridianError('timeout', 'the feed brings nothing');
      }
      this.#takeOver(next);
      hold = RELAY.switchHold;
    } catch (error) {
      this.#options.logger.warn({ err: error, stream_id: this.#stream.stream_id }, 'stream not switched');
      if (this.#next === next) this.#abandonNext();
      this.#tryAgain();
    } finally {
      if (lease !== undefined) setTimeout(lease.release, hold);
    }
  }

  #takeOver(next: Feed): void {
    const former = this.#feed;
    this.#feed = next;
    this.#next = null;
    this.#edition += 1;
    this.emit('retapped');
    former?.replaced.resolve(null);
    former?.tap.retire();
    // The world may have changed again meanwhile.
    this.reconsider();
  }

  #abandonNext(): void {
    const next = this.#next;
    this.#next = null;
    next?.tap.retire();
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    if (!this.#closed) this.#retry = setTimeout(() => this.reconsider(), RELAY.switchRetry);
  }

  #demandChanged(): void {
    if (this.#closed) return;
    for (const feed of [this.#feed, this.#next]) {
      if (feed?.tap.pulled === true) feed.offer.supply.wish(this.#stream, this.demand.layers);
    }
    this.#chooseCarriage();
  }

  #chooseCarriage(): void {
    clearTimeout(this.#due);
    const now = performance.now();
    this.#carriage.update(this.demand.layers, now);
    const { due } = this.#carriage;
    if (due !== null) this.#due = setTimeout(() => this.#chooseCarriage(), Math.max(1, due - now));
    this.reconsider();
  }
}

/** The mediasoup id of a feed: two of one stream may be at a router at once. */
export function feedId({ stream_id, generation }: StreamInfo, feed: number): string {
  return `${producerId(stream_id, generation)}.${feed}`;
}
