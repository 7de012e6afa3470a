import { type ChannelInfo, DataChannel, type DataMessage } from './data-channel.ts';

/** How a channel of another node gets its messages: the link to that node. */
export type ChannelSupply = { subscribe(id: string): void; unsubscribe(id: string): void };

/** A channel that another node offers. Asked for while a router here wants it. */
export class RemoteChannel extends DataChannel {
  readonly isLocal = false;
  readonly #supply: ChannelSupply;
  #subscribed = false;

  constructor(info: ChannelInfo, supply: ChannelSupply) {
    super(info);
    this.#supply = supply;
  }

  /** From the other node. */
  receive(message: DataMessage): void {
    this.deliver(message);
  }

  /** Over a new socket: the other node does not know any more. */
  resubscribe(): void {
    if (this.#subscribed) this.#supply.subscribe(this.id);
  }

  protected demandChanged(): void {
    if (this.hasInlets === this.#subscribed || this.closed) return;
    this.#subscribed = this.hasInlets;
    if (this.#subscribed) this.#supply.subscribe(this.id);
    else this.#supply.unsubscribe(this.id);
  }
}
