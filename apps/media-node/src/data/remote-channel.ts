import type { relay } from '@meridian/protocol';
import { type ChannelInfo, DataChannel, type DataMessage } from './data-channel.ts';

/** A neighbour that has the channel, and how its messages are had from there. */
export type ChannelOffer = {
  readonly from: string;
  readonly route: relay.RelayRoute;
  subscribe(id: string): void;
  unsubscribe(id: string): void;
};

/** A channel that neighbours offer. Asked for at one of them while somebody wants it. */
export class RemoteChannel extends DataChannel {
  readonly isLocal = false;
  /** The neighbour that it should come from; undefined while the topology knows of none. */
  readonly #parent: (origin: string) => string | undefined;
  /** By neighbour. More than one only while nodes differ in what they know of the topology. */
  readonly #offers = new Map<string, ChannelOffer>();
  /** The one it is subscribed at. */
  #source: ChannelOffer | null = null;
  /** As others have been told of it. */
  #path: string;

  constructor(info: ChannelInfo, first: ChannelOffer, parent: (origin: string) => string | undefined) {
    super(info);
    this.#parent = parent;
    this.#offers.set(first.from, first);
    this.#path = first.route.path.join();
  }

  /** How it comes here. */
  get route(): relay.RelayRoute {
    return this.#best().route;
  }

  /** A neighbour offers it, perhaps again and over another way. */
  offer(offer: ChannelOffer): void {
    this.#offers.set(offer.from, offer);
    this.reconsider();
  }

  /** A neighbour does not offer it any more, or is gone. */
  withdraw(from: string): void {
    if (!this.#offers.delete(from) || this.closed) return;
    if (this.#source?.from === from) this.#source = null;
    if (this.#offers.size === 0) this.close();
    else this.reconsider();
  }

  /** From a neighbour. What comes from one that it is not subscribed at any more would come twice. */
  receive(from: string, message: DataMessage): void {
    if (this.#source?.from === from) this.deliver(message);
  }

  /** Over a new socket: the neighbour does not know any more. */
  resubscribe(from: string): void {
    if (this.#source?.from === from) this.#source.subscribe(this.id);
  }

  /** Looks whether it should come another way, and sees to it. */
  reconsider(): void {
    const best = this.closed ? null : this.#best();
    const wanted = this.isWanted ? best : null;
    if (wanted?.from !== this.#source?.from) {
      this.#source?.unsubscribe(this.id);
      this.#source = wanted;
      wanted?.subscribe(this.id);
    }
    const path = best?.route.path.join() ?? this.#path;
    if (path === this.#path) return;
    this.#path = path;
    this.emit('rerouted');
  }

  protected demandChanged(): void {
    this.reconsider();
  }

  /** The offer of the neighbour the topology names; else the one in use. */
  #best(): ChannelOffer {
    const inUse = this.#source === null ? undefined : this.#offers.get(this.#source.from);
    const [first] = this.#offers.values();
    const best = this.#offers.get(this.#parent(first?.route.origin ?? '') ?? '') ?? inUse ?? first;
    if (best === undefined) throw new Error('a channel that nobody offers');
    return best;
  }
}
