import type { mediaRpc, StreamId } from '@meridian/protocol';
import type { Consumer, Transport } from 'mediasoup-client/types';
import { SWITCH_TIMEOUT_MS } from './config.ts';
import { firstFrame } from './first-frame.ts';
import type { RemoteStreams } from './remote-streams.ts';

type Entry = { streamId: StreamId; consumer: Consumer | null; gone: boolean };

export type SubscriberOptions = {
  session: number;
  transport: Transport;
  remote: RemoteStreams;
  /** Packets can come. */
  ready(consumerId: string): void;
  firstVideoFrame(): void;
  /** A consumer could not be set up: the receiving side is in an unknown state. */
  broken(error: unknown): void;
};

/** The consumers of one session. A stream is switched to its new consumer with that one's first frame. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #entries = new Map<string, Entry>();
  /** The consumer each stream is to be shown by. */
  readonly #latest = new Map<StreamId, string>();
  #frameSeen = false;
  #closed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#entries.size > 0;
  }

  async add(message: mediaRpc.ConsumerCreated): Promise<void> {
    const { transport, remote, session } = this.#options;
    const id = message.consumer_id;
    const entry: Entry = { streamId: message.stream_id, consumer: null, gone: false };
    this.#entries.set(id, entry);
    this.#latest.set(message.stream_id, id);
    remote.expect(session, message);
    try {
      const consumer = await transport.consume({
        id,
        producerId: message.producer_id,
        kind: message.kind,
        rtpParameters: message.rtp_parameters,
        // Streams of one name are played in step: a voice with its camera, a film with its sound.
        streamId: `${message.participant_id}:${message.source.startsWith('screen') ? 'screen' : 'self'}`,
      });
      if (this.#closed || entry.gone) {
        consumer.close();
        return;
      }
      entry.consumer = consumer;
      // mediasoup-client gives the track out enabled; the node starts a video when it hears this.
      this.#options.ready(id);
      await this.#show(id, consumer, entry);
    } catch (error) {
      if (!this.#closed && !entry.gone) this.#options.broken(error);
    }
  }

  /** The node sends this consumer no more. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const replaced = this.#latest.get(entry.streamId) !== id;
    const shown =
      entry.consumer !== null && this.#options.remote.trackOf(entry.streamId) === entry.consumer.track;
    // Its last picture stays until the successor has one.
    if (!(replaced && shown)) this.#drop(id, entry);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [id, entry] of this.#entries) this.#drop(id, entry);
  }

  async #show(id: string, consumer: Consumer, entry: Entry): Promise<void> {
    const { remote, session } = this.#options;
    const isVideo = consumer.kind === 'video';
    if (isVideo && !this.#frameSeen) void this.#watch(consumer);
    const shown = remote.trackOf(entry.streamId);
    if (isVideo && shown?.readyState === 'live') {
      await firstFrame(consumer, SWITCH_TIMEOUT_MS);
      if (this.#closed || entry.gone || this.#latest.get(entry.streamId) !== id) return;
    }
    remote.deliver(session, entry.streamId, consumer.track);
    for (const [other, older] of this.#entries) {
      if (other !== id && older.streamId === entry.streamId) this.#drop(other, older);
    }
  }

  async #watch(consumer: Consumer): Promise<void> {
    if (!(await firstFrame(consumer)) || this.#frameSeen) return;
    this.#frameSeen = true;
    this.#options.firstVideoFrame();
  }

  #drop(id: string, entry: Entry): void {
    entry.gone = true;
    this.#entries.delete(id);
    if (this.#latest.get(entry.streamId) === id) this.#latest.delete(entry.streamId);
    if (!entry.consumer) return;
    this.#options.remote.withdraw(entry.streamId, entry.consumer.track);
    entry.consumer.close();
  }
}
