import { MeridianError, type relay } from '@meridian/protocol';
import { DATA } from '../config.ts';
import type { DataChannel, DataMessage } from '../data/data-channel.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import { type ChannelOffer, RemoteChannel } from '../data/remote-channel.ts';
import { TokenBucket } from '../net/token-bucket.ts';
import { Announcements } from './announcements.ts';
import type { Message, RelayBody } from './relay-message.ts';

export type RelayDataMessage = Message<
  | 'relay_data_available'
  | 'relay_data_removed'
  | 'relay_data_subscribe'
  | 'relay_data_unsubscribe'
  | 'relay_data'
>;

export type RelayDataOptions = {
  self: string;
  nodeId: string;
  channels: DataDirectory;
  /** Whether the topology wants what came this way to be passed on to the neighbour. */
  passesOn: (route: relay.RelayRoute) => boolean;
  /** The neighbour that what is published at `origin` should come from. */
  parent: (origin: string) => string | undefined;
  send: (body: RelayBody) => void;
};

/**
 * The data channels that two neighbours exchange. They go over the socket of the link: SCTP on a pipe transport is
 * neither encrypted nor authenticated.
 */
export class RelayData {
  readonly #options: RelayDataOptions;
  readonly #announcements: Announcements<DataChannel>;
  readonly #offered = new Map<string, RemoteChannel>();
  /** Offers from before the present socket that it has not repeated yet. */
  readonly #unconfirmed = new Set<string>();
  /** Channels that the neighbour receives, with what ends that. */
  readonly #outgoing = new Map<string, () => void>();
  readonly #messages = new TokenBucket(DATA.relayBurst.messages, DATA.relayPerSecond.messages);
  readonly #bytes = new TokenBucket(DATA.relayBurst.bytes, DATA.relayPerSecond.bytes);

  constructor(options: RelayDataOptions) {
    this.#options = options;
    const { passesOn, send } = options;
    this.#announcements = new Announcements({
      passesOn,
      offer: ({ info }, route) => send({ type: 'relay_data_available', ...info, ...route }),
      withdraw: ({ id }) => {
        send({ type: 'relay_data_removed', data_producer_id: id });
        this.#outgoing.get(id)?.();
      },
    });
  }

  /** A channel has come, or it or the topology has changed. `route`: how it is at the neighbour. */
  sync(channel: DataChannel, route: relay.RelayRoute): void {
    this.#announcements.sync(channel.id, channel, route);
  }

  gone(channel: DataChannel): void {
    this.#announcements.gone(channel.id);
  }

  /** A new socket: both sides begin anew to say what they have and want. */
  attached(): void {
    this.#endOutgoing();
    this.#announcements.clear();
    for (const id of this.#offered.keys()) this.#unconfirmed.add(id);
    for (const offered of this.#offered.values()) offered.resubscribe(this.#options.nodeId);
  }

  /** The socket is gone; a channel is of no use without. */
  detached(): void {
    this.#endOutgoing();
  }

  /** What the new socket has not offered again by now is gone. */
  forgetUnconfirmed(): void {
    for (const id of [...this.#unconfirmed]) this.#withdraw(id);
  }

  handle(message: RelayDataMessage): void {
    switch (message.type) {
      case 'relay_data_available':
        this.#offer(message);
        return;
      case 'relay_data_removed':
        this.#withdraw(message.data_producer_id);
        return;
      case 'relay_data_subscribe':
        this.#serve(message.data_producer_id);
        return;
      case 'relay_data_unsubscribe':
        this.#outgoing.get(message.data_producer_id)?.();
        return;
      case 'relay_data':
        // What comes after the end of a subscription was under way.
        this.#offered.get(message.data_producer_id)?.receive(this.#options.nodeId, {
          payload: Buffer.from(message.payload, 'base64'),
          ppid: message.ppid,
        });
        return;
    }
  }

  close(): void {
    this.#endOutgoing();
    this.#announcements.clear();
    for (const id of [...this.#offered.keys()]) this.#withdraw(id);
  }

  #offer(message: Message<'relay_data_available'>): void {
    const { self, nodeId, channels, parent, send } = this.#options;
    const { data_producer_id: id, participant_id, label, delivery, origin, path } = message;
    if (path.includes(self) || origin === self) {
      this.#withdraw(id);
      throw new MeridianError('conflict', 'the channel has been here before');
    }
    this.#unconfirmed.delete(id);
    if (!this.#offered.has(id) && this.#offered.size >= DATA.maxRelayed) {
      throw new MeridianError('overloaded', 'too many data channels');
    }
    const offer: ChannelOffer = {
      from: nodeId,
      route: { origin, path },
      subscribe: () => send({ type: 'relay_data_subscribe', data_producer_id: id }),
      unsubscribe: () => send({ type: 'relay_data_unsubscribe', data_producer_id: id }),
    };
    const known = channels.find(id);
    if (known instanceof RemoteChannel) {
      known.offer(offer);
      this.#keep(known);
      return;
    }
    if (known !== undefined) throw new MeridianError('conflict', 'this channel is of this node');
    const channel = new RemoteChannel(
      { data_producer_id: id, participant_id, label, delivery },
      offer,
      parent,
    );
    channels.add(channel);
    this.#keep(channel);
  }

  #keep(channel: RemoteChannel): void {
    if (this.#offered.get(channel.id) === channel) return;
    this.#offered.set(channel.id, channel);
    channel.once('closed', () => {
      if (this.#offered.get(channel.id) === channel) this.#forget(channel.id);
    });
  }

  #withdraw(id: string): void {
    const channel = this.#offered.get(id);
    this.#forget(id);
    channel?.withdraw(this.#options.nodeId);
  }

  #forget(id: string): void {
    this.#offered.delete(id);
    this.#unconfirmed.delete(id);
  }

  /** The neighbour wants a channel that it has been offered. */
  #serve(id: string): void {
    const channel = this.#announcements.find(id);
    if (channel === undefined) throw new MeridianError('unknown_stream', 'no such channel for you here');
    if (this.#outgoing.has(id)) return;
    const silence = channel.listen((message) => this.#carry(id, message));
    const end = () => {
      this.#outgoing.delete(id);
      channel.off('closed', end);
      silence();
    };
    this.#outgoing.set(id, end);
    channel.once('closed', end);
  }

  #carry(id: string, { payload, ppid }: DataMessage): void {
    if (!this.#messages.take() || !this.#bytes.take(payload.length)) return;
    this.#options.send({
      type: 'relay_data',
      data_producer_id: id,
      ppid,
      payload: payload.toString('base64'),
    });
  }

  #endOutgoing(): void {
    for (const end of [...this.#outgoing.values()]) end();
  }
}
