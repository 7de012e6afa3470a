import { MeridianError, type relay } from '@meridian/protocol';
import { DATA } from '../config.ts';
import type { DataMessage } from '../data/data-channel.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import type { LocalChannel } from '../data/local-channel.ts';
import { RemoteChannel } from '../data/remote-channel.ts';
import { TokenBucket } from '../net/token-bucket.ts';

type Message<T extends relay.RelayMessage['type']> = Extract<relay.RelayMessage, { type: T }>;
export type RelayDataMessage = Message<
  | 'relay_data_available'
  | 'relay_data_removed'
  | 'relay_data_subscribe'
  | 'relay_data_unsubscribe'
  | 'relay_data'
>;
type Body<M> = M extends relay.RelayMessage ? Omit<M, 'v' | 'ref'> : never;

/**
 * The data channels that two nodes exchange. They go over the socket of the link: SCTP on a pipe transport is
 * neither encrypted nor authenticated.
 */
export class RelayData {
  readonly #channels: DataDirectory;
  readonly #send: (body: Body<RelayDataMessage>) => void;
  readonly #offered = new Map<string, RemoteChannel>();
  /** Offers from before the present socket that it has not repeated yet. */
  readonly #unconfirmed = new Set<string>();
  /** Channels of ours that the other node receives, with what ends that. */
  readonly #outgoing = new Map<string, () => void>();
  readonly #messages = new TokenBucket(DATA.relayBurst.messages, DATA.relayPerSecond.messages);
  readonly #bytes = new TokenBucket(DATA.relayBurst.bytes, DATA.relayPerSecond.bytes);

  constructor(channels: DataDirectory, send: (body: Body<RelayDataMessage>) => void) {
    this.#channels = channels;
    this.#send = send;
  }

  announce(channel: LocalChannel): void {
    this.#send({ type: 'relay_data_available', ...channel.info });
  }

  announceRemoval(channel: LocalChannel): void {
    this.#send({ type: 'relay_data_removed', data_producer_id: channel.id });
  }

  /** A new socket: both sides say again what they have and want. */
  attached(): void {
    this.#endOutgoing();
    for (const id of this.#offered.keys()) this.#unconfirmed.add(id);
    for (const channel of this.#channels.local()) this.announce(channel);
    for (const offered of this.#offered.values()) offered.resubscribe();
  }

  /** The socket is gone; a channel is of no use without. */
  detached(): void {
    this.#endOutgoing();
  }

  /** What the new socket has not offered again by now is gone. */
  forgetUnconfirmed(): void {
    for (const id of [...this.#unconfirmed]) this.#offered.get(id)?.close();
    this.#unconfirmed.clear();
  }

  handle(message: RelayDataMessage): void {
    switch (message.type) {
      case 'relay_data_available':
        this.#offer(message);
        return;
      case 'relay_data_removed':
        this.#offered.get(message.data_producer_id)?.close();
        return;
      case 'relay_data_subscribe':
        this.#serve(message.data_producer_id);
        return;
      case 'relay_data_unsubscribe':
        this.#outgoing.get(message.data_producer_id)?.();
        return;
      case 'relay_data':
        // What comes after the end of a subscription was under way.
        this.#offered.get(message.data_producer_id)?.receive({
          payload: Buffer.from(message.payload, 'base64'),
          ppid: message.ppid,
        });
        return;
    }
  }

  close(): void {
    this.#endOutgoing();
    for (const offered of [...this.#offered.values()]) offered.close();
  }

  #offer({ data_producer_id, participant_id, label, delivery }: Message<'relay_data_available'>): void {
    this.#unconfirmed.delete(data_producer_id);
    if (this.#offered.has(data_producer_id)) return;
    if (this.#offered.size >= DATA.maxRelayed)
      throw new MeridianError('overloaded', 'too many data channels');
    const channel = new RemoteChannel(
      { data_producer_id, participant_id, label, delivery },
      {
        subscribe: (id) => this.#send({ type: 'relay_data_subscribe', data_producer_id: id }),
        unsubscribe: (id) => this.#send({ type: 'relay_data_unsubscribe', data_producer_id: id }),
      },
    );
    this.#offered.set(data_producer_id, channel);
    channel.once('closed', () => {
      this.#offered.delete(data_producer_id);
      this.#unconfirmed.delete(data_producer_id);
    });
    if (this.#channels.add(channel)) return;
    channel.close();
    throw new MeridianError('conflict', 'this channel is known from elsewhere');
  }

  /** The other node wants a channel of ours. */
  #serve(id: string): void {
    const channel = this.#channels.find(id);
    if (channel === undefined) throw new MeridianError('unknown_stream', 'no such channel here');
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
    this.#send({ type: 'relay_data', data_producer_id: id, ppid, payload: payload.toString('base64') });
  }

  #endOutgoing(): void {
    for (const end of [...this.#outgoing.values()]) end();
  }
}
