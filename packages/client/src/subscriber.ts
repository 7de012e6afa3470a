import type { mediaRpc, StreamId } from '@meridian/protocol';
import type { Consumer, Transport } from 'mediasoup-client/types';
import { SETTLING, SWITCH_TIMEOUT_MS } from './config.ts';
import { cushion } from './cushion.ts';
import { firstFrame } from './first-frame.ts';
import type { SessionStreams } from './session-streams.ts';
import { noteReceiver, settled } from './settling.ts';

type Entry = {
  streamId: StreamId;
  consumer: Consumer | null;
  /** The node sends no more of it; its last picture stays until its successor has one. */
  over: boolean;
  gone: boolean;
};

export type SubscriberOptions = {
  transport: Transport;
  streams: SessionStreams;
  /** Packets can come. */
  ready(consumerId: string): void;
  /** What it brings is shown, and what came before it is over. */
  shown(consumerId: string): void;
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
  /** When the last packet was played that has been looked at, milliseconds of some clock; see heard(). */
  #lastPlayed = 0;
  /** By consumer: the one before it goes on until the page has had time to show its track. */
  readonly #exchanges = new Map<string, ReturnType<typeof setTimeout>>();
  #frameSeen = false;
  #closed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#entries.size > 0;
  }

  async add(message: mediaRpc.ConsumerCreated): Promise<void> {
    const { transport, streams } = this.#options;
    const id = message.consumer_id;
    const entry: Entry = { streamId: message.stream_id, consumer: null, over: false, gone: false };
    this.#entries.set(id, entry);
    this.#latest.set(message.stream_id, id);
    streams.expect(message);
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
      noteReceiver(consumer);
      if (consumer.kind === 'video') void cushion(consumer);
      // mediasoup-client gives the track out enabled; the node starts a video when it hears this.
      this.#options.ready(id);
      await streams.live;
      if (this.#closed || entry.gone) return;
      streams.expect(message);
      await this.#show(id, consumer, entry);
    } catch (error) {
      if (!this.#closed && !entry.gone) this.#options.broken(error);
    }
  }

  /** The node sends this consumer no more. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const latest = this.#latest.get(entry.streamId);
    const replaced = latest !== undefined && latest !== id;
    const shown =
      entry.consumer !== null && this.#options.streams.trackOf(entry.streamId) === entry.consumer.track;
    if (replaced && shown) entry.over = true;
    else this.#drop(id, entry);
  }

  /**
   * Whether anything has been played since the last look. Receivers know their last source by themselves: asking
   * costs next to nothing, and one that has heard something is enough.
   */
  heard(): boolean {
    for (const { consumer } of this.#entries.values()) {
      const played = consumer?.rtpReceiver?.getSynchronizationSources()[0]?.timestamp ?? 0;
      if (played <= this.#lastPlayed) continue;
      this.#lastPlayed = played;
      return true;
    }
    return false;
  }

  /** When the last packet of anybody was played, milliseconds of some clock; 0 before the first. */
  get lastPlayed(): number {
    const played = [...this.#entries.values()].map(
      ({ consumer }) => consumer?.rtpReceiver?.getSynchronizationSources()[0]?.timestamp ?? 0,
    );
    return Math.max(0, ...played);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const exchange of this.#exchanges.values()) clearTimeout(exchange);
    this.#exchanges.clear();
    for (const [id, entry] of this.#entries) this.#drop(id, entry);
  }

  async #show(id: string, consumer: Consumer, entry: Entry): Promise<void> {
    const { streams } = this.#options;
    const isVideo = consumer.kind === 'video';
    if (isVideo && !this.#frameSeen) void this.#watch(consumer);
    const shown = streams.trackOf(entry.streamId);
    // A voice as well: what is still under way on the old connection is not said again on the new one.
    // Of what is paused nothing will come that could be waited for.
    if (shown?.readyState === 'live' && !streams.isPaused(entry.streamId)) {
      if (isVideo) streams.announce(entry.streamId, consumer.track);
      const arrived = await firstFrame(consumer, SWITCH_TIMEOUT_MS);
      const limitMs = this.#patience(isVideo, shown);
      if (arrived) await settled(shown, consumer.track, limitMs, () => this.#closed || entry.gone);
      if (this.#closed || entry.gone || this.#outdated(id, entry, arrived)) return;
    }
    const replaced = streams.trackOf(entry.streamId);
    streams.deliver(entry.streamId, consumer.track);
    this.#exchange(id, entry, replaced);
  }

  /** Lets go of the consumers before this one: of the one that was shown when the page has had time to show this one. */
  #exchange(id: string, entry: Entry, replaced: MediaStreamTrack | null): void {
    const before = this.#before(id, entry);
    for (const [other, older] of before) if (older.consumer?.track !== replaced) this.#drop(other, older);
    if (before.length === 0) return;
    const exchanged = () => {
      this.#exchanges.delete(id);
      if (entry.gone) return;
      this.#options.shown(id);
      for (const [other, older] of this.#before(id, entry)) this.#drop(other, older);
    };
    this.#exchanges.set(id, setTimeout(exchanged, SETTLING.exchangeMs));
  }

  /** Consumers of the same stream before this one; one that came later has its turn when it has something to show. */
  #before(id: string, { streamId }: Entry): [string, Entry][] {
    const entries = [...this.#entries];
    const earlier = entries.slice(
      0,
      entries.findIndex(([other]) => other === id),
    );
    return earlier.filter(([, other]) => other.streamId === streamId);
  }

  #patience(isVideo: boolean, shown: MediaStreamTrack): number {
    if (!this.#has(shown)) return SETTLING.sessionMs;
    return isVideo ? SETTLING.videoMs : 0;
  }

  #has(track: MediaStreamTrack): boolean {
    return [...this.#entries.values()].some(({ consumer }) => consumer?.track === track);
  }

  /** Whether another consumer of the stream is the one to show. What has a frame goes before what has none yet. */
  #outdated(id: string, { streamId }: Entry, arrived: boolean): boolean {
    const latest = this.#latest.get(streamId);
    if (latest === id) return false;
    const newer = latest === undefined ? null : this.#entries.get(latest)?.consumer;
    return !arrived || (newer != null && this.#options.streams.trackOf(streamId) === newer.track);
  }

  async #watch(consumer: Consumer): Promise<void> {
    if (!(await firstFrame(consumer)) || this.#frameSeen) return;
    this.#frameSeen = true;
    this.#options.firstVideoFrame();
  }

  #drop(id: string, entry: Entry): void {
    entry.gone = true;
    this.#entries.delete(id);
    const wasLatest = this.#latest.get(entry.streamId) === id;
    if (wasLatest) this.#latest.delete(entry.streamId);
    if (entry.consumer) {
      this.#options.streams.withdraw(entry.streamId, entry.consumer.track);
      entry.consumer.close();
    }
    if (!wasLatest) return;
    // What waited for it to have a picture waits in vain.
    for (const [other, kept] of [...this.#entries]) {
      if (kept.over && kept.streamId === entry.streamId) this.#drop(other, kept);
    }
  }
}
