import { type Layer, MeridianError, type Source } from '@meridian/protocol';
import type { Producer, RtpCodecCapability, Transport } from 'mediasoup-client/types';
import { codecOptionsOf, encodingOf } from './encodings.ts';
import { toMeridianError } from './errors.ts';
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
  #layers: readonly Layer[] = [];
  /** How many of them are encoded. */
  #encoded = 0;
  /** As the node knows it. */
  #paused = false;
  #settling: Promise<void> | null = null;
  #closed = false;
  /** The node's answer to the last produce. */
  #accepted: Promise<unknown> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Something is or is about to be published. */
  get active(): boolean {
    return this.#wanted !== null;
  }

  /** Rejects with the node's error when it does not accept the publication, which is then withdrawn. */
  set(wanted: Publication | null): Promise<void> {
    this.#wanted = wanted;
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  /** The parameters of the new producer, for the node. Called by the transport while it produces. */
  announce(rtpParameters: (Body<Out> & { type: 'produce' })['rtp_parameters']): void {
    const { connection, source } = this.#options;
    this.#accepted = connection.request(
      {
        type: 'produce',
        source,
        rtp_parameters: rtpParameters,
        layers: [...this.#layers],
        paused: this.#paused,
      },
      'produced',
    );
    // Awaited in #publish; this keeps a rejection before that from counting as unhandled.
    this.#accepted.catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#producer?.close();
    this.#producer = null;
  }

  async #settle(): Promise<void> {
    while (!this.#closed && (await this.#step()));
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
    const sent = wanted.paused ? null : wanted.track;
    if (producer.track !== sent) {
      await producer.replaceTrack({ track: sent });
      return true;
    }
    const encoded = this.#toEncode(wanted);
    if (this.#encoded === encoded) return false;
    this.#encoded = encoded;
    await producer.setMaxSpatialLayer(encoded - 1);
    return true;
  }

  /** A producer's layers are declared once; a camera of another size is another publication. */
  #fits(track: MediaStreamTrack): boolean {
    return JSON.stringify(encodingOf(this.#options.source, track).layers) === JSON.stringify(this.#layers);
  }

  #toEncode({ layers }: Publication): number {
    return Math.min(this.#layers.length, layers ?? Number.POSITIVE_INFINITY);
  }

  async #publish(publication: Publication): Promise<void> {
    const { transport, source, codec } = this.#options;
    const { track, paused } = publication;
    const { encodings, layers } = encodingOf(source, track);
    this.#layers = layers;
    this.#encoded = this.#toEncode(publication);
    this.#paused = paused;
    try {
      const producer = await transport.produce({
        track,
        // Those that are not encoded are declared nevertheless: they can be switched on without publishing anew.
        encodings: encodings.map((encoding, index) => ({ ...encoding, active: index < this.#encoded })),
        codecOptions: codecOptionsOf(source),
        ...(codec ? { codec } : {}),
        // The track is the application's, and may be published on a second session at the same time.
        stopTracks: false,
        disableTrackOnPause: false,
        zeroRtpOnPause: false,
        appData: { source },
        // Before anything is negotiated: who joins muted has not sent one packet.
        ...(paused ? { onRtpSender: silence } : {}),
      });
      if (this.#closed) {
        producer.close();
        return;
      }
      this.#producer = producer;
      if (paused) await producer.replaceTrack({ track: null });
      await this.#accepted;
    } catch (error) {
      // A session that is over has refused nothing: the next one publishes anew.
      if (this.#closed || !this.#options.connection.isOpen) return;
      if (error instanceof MeridianError && TRANSIENT.includes(error.code)) {
        this.#options.broken(error);
        return;
      }
      this.#withdraw();
      throw error;
    }
  }

  #withdraw(): void {
    this.#producer?.close();
    this.#producer = null;
    this.#wanted = null;
  }

  #unpublish(producer: Producer): void {
    producer.close();
    this.#producer = null;
    this.#tell({ type: 'close_producer', source: this.#options.source });
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
