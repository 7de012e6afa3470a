import { type Layer, MeridianError, SOURCE_KIND, type Source } from '@meridian/protocol';
import type { Producer, ProducerCodecOptions, RtpCodecCapability, Transport } from 'mediasoup-client/types';
import { WATCHED_WAIT_MS } from './config.ts';
import { codecOptionsOf, encodingOf, type Uplink } from './encodings.ts';
import { toMeridianError } from './errors.ts';
import { frameCounts, LayerFlow } from './layer-flow.ts';
import type { MediaConnection, Out } from './media-connection.ts';
import type { Body } from './message-socket.ts';

/** What is to be published of one source. Paused: the track is kept and nothing of it leaves the device. */
export type Publication = {
  track: MediaStreamTrack;
  paused: boolean;
  /** How many simulcast layers are encoded, from the smallest; null or absent: all. */
  layers?: number | null;
};

function silence(sender: RTCRtpSender): void {
  // Fails only when the transport was closed meanwhile, and then nothing is sent either.
  sender.replaceTrack(null).catch(() => {});
}

/** A producer on its way, and whether its track was taken off its sender. */
type Making = { rtpSender: RTCRtpSender | null; silenced: boolean };

/** Refusals that say nothing about the source: worth another session. */
const TRANSIENT: readonly MeridianError['code'][] = [
  'timeout',
  'internal',
  'overloaded',
  'unknown_transport',
  'rate_limited',
];

export type SenderOptions = {
  source: Source;
  transport: Transport;
  codec: RtpCodecCapability | undefined;
  /** For a standby: everything is negotiated, and nothing sent before release(). */
  prepared: boolean;
  uplink: Uplink;
  connection: MediaConnection;
  /** The node's picture of this source is wrong and cannot be put right on this session. */
  broken(error: MeridianError): void;
};

/**
 * One source on one session: brings what is sent in line with what is wanted, one step at a time, so that calls
 * in quick succession end in the last one.
 */
export class Sender {
  readonly #options: SenderOptions;
  #wanted: Publication | null = null;
  #producer: Producer | null = null;
  /** The track it was made with, or that was put on its sender last; while it is paused there is none on it. */
  #published: MediaStreamTrack | null = null;
  #layers: readonly Layer[] = [];
  /** How many of them are encoded. */
  #encoded = 0;
  /** As the node knows it. */
  #paused = false;
  /** Of a standby: nothing is sent yet. */
  #prepared: boolean;
  /** Nothing is sent any more. */
  #hushed = false;
  /** How many layers anybody watches, as far as the node has said; else all. */
  #watched = Number.POSITIVE_INFINITY;
  /** The node is going to say how many, and until then nothing is encoded. */
  #awaiting = false;
  #wait: ReturnType<typeof setTimeout> | undefined;
  #settling: Promise<void> | null = null;
  /** What is wanted has changed since the last step began. */
  #stale = false;
  #closed = false;
  /** Of the producer that is being made: silenced at once when that is wanted. */
  #making: Making | null = null;
  readonly #flow: LayerFlow;
  /** The node's answer to the last produce; rejects when it has refused it for good. */
  #answer: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#prepared = options.prepared;
    this.#flow = new LayerFlow({
      count: frameCounts,
      changed: (layers) => this.#tellFlowing(layers < this.#encoded ? layers : this.#layers.length),
    });
  }

  /** Something is or is about to be published. */
  get active(): boolean {
    return this.#wanted !== null;
  }

  /** Rejects with the node's error when it does not accept the publication, which is then withdrawn. */
  async set(wanted: Publication | null): Promise<void> {
    // What was refused before says nothing about this one.
    if (this.#wanted === null) this.#answer = Promise.resolve();
    this.#wanted = wanted;
    this.#silenceIfWanted();
    await this.#bringInLine();
    await this.#answer;
  }

  /**
   * Sends what is wanted from now on. Nothing has to be negotiated for it. `waits`: a video of which it is known how much was
   * watched before, only when the node says that somebody can take it.
   */
  release(waits: boolean): Promise<void> {
    this.#prepared = false;
    this.#awaiting = waits && this.#isVideo && Number.isFinite(this.#watched);
    this.#limitWait();
    return this.#bringInLine();
  }

  /** Sends nothing from now on, whatever is wanted, without a word to the node: it does not hear it any more. */
  hush(): Promise<void> {
    this.#hushed = true;
    return this.#bringInLine();
  }

  /**
   * How many layers, from the smallest, anybody watches. Others are not encoded, which is no pause: nobody is told,
   * and what is watched again is sent at once.
   */
  setWatched(layers: number): void {
    this.#watched = layers;
    this.#awaiting = false;
    // A producer that cannot be told sends more than is watched, which harms nobody.
    this.#bringInLine().catch(() => {});
  }

  /** How many were watched at the node before: what is published begins with that, when this node says so. */
  expectWatched(layers: number): void {
    this.#watched = layers;
  }

  /** The parameters of the new producer, for the node. Called by the transport while it produces. */
  announce(rtpParameters: (Body<Out> & { type: 'produce' })['rtp_parameters']): void {
    const { connection, source } = this.#options;
    this.#answer = connection
      .request(
        {
          type: 'produce',
          source,
          rtp_parameters: rtpParameters,
          layers: [...this.#layers],
          paused: this.#paused,
          ...(this.#awaiting ? { watched: this.#watched } : {}),
        },
        'produced',
      )
      .then(
        () => this.#limitWait(),
        (error: unknown) => this.#refused(error),
      );
    // Whoever published awaits it; this keeps a rejection before that from counting as unhandled.
    this.#answer.catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#producer?.close();
    this.#producer = null;
    this.#flow.follow(null, 0);
    clearTimeout(this.#wait);
  }

  /** Nothing is to be on the sender now. */
  get #silent(): boolean {
    if (this.#wanted === null || this.#wanted.paused || this.#hushed) return true;
    return this.#prepared && !this.#isVideo;
  }

  /** Of a standby's video the track is on the sender, and no layer is encoded: so the encoder is set up already. */
  get #isVideo(): boolean {
    return SOURCE_KIND[this.#options.source] === 'video';
  }

  /** Of what is being made, the track is on the sender before there is a producer to take it off. */
  #silenceIfWanted(): void {
    const making = this.#making;
    if (!making || !this.#silent) return;
    making.silenced = true;
    if (making.rtpSender) silence(making.rtpSender);
  }

  #followLayers(): void {
    const producer = this.#closed || this.#silent || !this.#isVideo ? null : this.#producer;
    this.#flow.follow(producer, this.#encoded);
  }

  #bringInLine(): Promise<void> {
    this.#stale = true;
    this.#settling ??= this.#settle();
    return this.#settling;
  }

  async #settle(): Promise<void> {
    try {
      do this.#stale = false;
      while (!this.#closed && ((await this.#step()) || this.#stale));
    } catch (error) {
      // What was under way on a session that is over says nothing of the source: the next one publishes it anew.
      if (!this.#closed) throw error;
    } finally {
      // With the last look, or a change between the two would be lost.
      this.#settling = null;
      this.#followLayers();
    }
  }

  /** True when something was changed, so that there may be more to do. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    const producer = this.#producer;
    if (producer && !(wanted && this.#fits(wanted.track))) {
      this.#unpublish(producer);
      return true;
    }
    if (!wanted) return false;
    if (!producer) {
      // Without a node only what is sent already can be changed; the next session publishes anew.
      if (!this.#options.connection.isOpen) return false;
      await this.#publish(wanted);
      return true;
    }
    if (wanted.paused !== this.#paused) {
      this.#paused = wanted.paused;
      this.#tell({ type: wanted.paused ? 'pause' : 'resume', source: this.#options.source });
    }
    // No track on the sender is the one pause that certainly sends nothing: it needs no negotiation either way,
    // and leaves the application's track alone, which may be shown or published elsewhere.
    const sent = this.#silent ? null : wanted.track;
    if (producer.track !== sent) {
      await producer.replaceTrack({ track: sent });
      if (sent) this.#published = sent;
      return true;
    }
    const encoded = this.#toEncode(wanted);
    if (this.#encoded === encoded) return false;
    this.#encoded = encoded;
    await producer.setMaxSpatialLayer(encoded - 1);
    return true;
  }

  /**
   * A producer's layers are declared once: another camera of another size is another publication. One that is turned, or
   * a window that is resized, goes on.
   */
  #fits(track: MediaStreamTrack): boolean {
    if (track === this.#published) return true;
    return JSON.stringify(encodingOf(this.#options.source, track).layers) === JSON.stringify(this.#layers);
  }

  #toEncode(publication: Publication): number {
    return this.#prepared || this.#awaiting ? 0 : this.#toSend(publication);
  }

  #toSend({ layers }: Publication): number {
    return Math.min(this.#layers.length, layers ?? Number.POSITIVE_INFINITY, this.#watched);
  }

  #codecOptions(publication: Publication): ProducerCodecOptions {
    const { source, uplink } = this.#options;
    // There is one at least as soon as anybody looks.
    const sent = this.#layers.slice(0, Math.max(1, this.#toSend(publication)));
    const needed = sent.reduce((sum, { bps }) => sum + bps, 0);
    return codecOptionsOf(source, { needed, uplink, prepared: this.#prepared });
  }

  async #publish(publication: Publication): Promise<void> {
    const { transport, source, codec } = this.#options;
    const { track, paused } = publication;
    const { encodings, layers } = encodingOf(source, track);
    this.#layers = layers;
    this.#published = track;
    this.#awaiting = !this.#prepared && Number.isFinite(this.#watched);
    this.#encoded = this.#toEncode(publication);
    this.#paused = paused;
    const making: Making = { rtpSender: null, silenced: this.#silent };
    this.#making = making;
    try {
      const producer = await transport.produce({
        track,
        // Those that are not encoded are declared nevertheless: they can be switched on without publishing anew.
        encodings: encodings.map((encoding, index) => ({ ...encoding, active: index < this.#encoded })),
        codecOptions: this.#codecOptions(publication),
        ...(codec ? { codec } : {}),
        // The track is the application's, and may be published on a second session at the same time.
        stopTracks: false,
        disableTrackOnPause: false,
        zeroRtpOnPause: false,
        appData: { source },
        // Before anything is negotiated: who joins muted has not sent one packet.
        onRtpSender: (rtpSender) => {
          making.rtpSender = rtpSender;
          this.#silenceIfWanted();
        },
      });
      if (this.#closed) {
        producer.close();
        return;
      }
      this.#producer = producer;
      // It does not know what was done to its sender. The next step puts the track back, if it is wanted by then.
      if (making.silenced) await producer.replaceTrack({ track: null });
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#making = null;
    }
  }

  /** It has said nothing: it does not know that it should, and takes it that all are sent. */
  #limitWait(): void {
    if (!this.#awaiting || this.#closed) return;
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => {
      if (this.#awaiting) this.setWatched(Number.POSITIVE_INFINITY);
    }, WATCHED_WAIT_MS);
  }

  #refused(error: unknown): void {
    // A session that is over has refused nothing: the next one publishes anew.
    if (this.#closed || !this.#options.connection.isOpen) return;
    if (error instanceof MeridianError && TRANSIENT.includes(error.code)) {
      this.#options.broken(error);
      return;
    }
    this.#withdraw();
    throw error;
  }

  #withdraw(): void {
    this.#producer?.close();
    this.#producer = null;
    this.#wanted = null;
  }

  #unpublish(producer: Producer): void {
    producer.close();
    this.#producer = null;
    // Of what is published instead nobody can have said yet what is watched.
    this.#watched = Number.POSITIVE_INFINITY;
    this.#awaiting = false;
    this.#tell({ type: 'close_producer', source: this.#options.source });
  }

  /** A node that does not take it finds out by itself, only later. */
  #tellFlowing(layers: number): void {
    const { connection, source } = this.#options;
    if (connection.isOpen)
      connection.request({ type: 'layers_flowing', source, layers }, 'ok').catch(() => {});
  }

  /** Not awaited: the effect here must not wait for the node. */
  #tell(body: Body<Out> & { type: 'pause' | 'resume' | 'close_producer' }): void {
    const { connection, broken } = this.#options;
    if (!connection.isOpen) return;
    connection.request(body, 'ok').catch((error: unknown) => {
      if (!this.#closed) broken(toMeridianError(error));
    });
  }
}
