import { EventEmitter } from 'node:events';
import { MeridianError } from '@meridian/protocol';
import { parseScalabilityMode } from 'mediasoup';
import type { Consumer, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { SFU, VIDEO } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import { PauseControl } from '../sfu/pause-control.ts';
import type { Lease, Publication } from '../sfu/publication.ts';
import type { Allotment } from './allot-video.ts';
import { fallbackLayer } from './shortage.ts';

export type Receiver = {
  router: MeetingRouter;
  transport: WebRtcTransport;
  capabilities: RtpCapabilities;
  /** Nothing flows yet: it is prepared for a standby. */
  standby: boolean;
  /** Pictures wait for others who come from the same node. */
  gathering: boolean;
};

type Layers = { spatial: number; temporal: number | null };
type ReceptionEvents = {
  /** Other layers arrive; null: none do. */
  layers: [Layers | null];
  closed: [];
};

/** One generation of a stream, over one of its taps, on its way to one peer. */
export class Reception extends EventEmitter<ReceptionEvents> {
  readonly publication: Publication;
  /** Of the publication, when this began. */
  readonly edition: number;
  readonly #receiver: Receiver;
  #consumer: Consumer | null = null;
  #pause: PauseControl | null = null;
  #lease: Lease | null = null;
  #ready = false;
  /** The others who set it up are ready as well; see Audience. */
  #gathered = false;
  #spare: NodeJS.Timeout | undefined;
  #allotment: Allotment | null = null;
  #steered = '';
  #priority = 1;
  /** The layer it is to have; null until that is known, and for audio. */
  #wished: number | null = null;
  /** The layer it has instead, for want of bandwidth. */
  #fallback: number | null = null;
  #short: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(publication: Publication, receiver: Receiver) {
    super();
    this.publication = publication;
    this.edition = publication.edition;
    this.#receiver = receiver;
    publication.once('closed', this.#onGone);
    publication.on('layer', this.#onLayers);
    publication.on('flow', this.#onFlow);
  }

  get streamId(): string {
    return this.publication.stream.stream_id;
  }

  get generation(): number {
    return this.publication.stream.generation;
  }

  /** Whether the stream comes over another tap by now. */
  get outdated(): boolean {
    return this.edition < this.publication.edition;
  }

  /** Whether another is of the same stream and came before this one. */
  follows(other: Reception): boolean {
    if (other.streamId !== this.streamId) return false;
    return (
      other.generation < this.generation ||
      (other.generation === this.generation && other.edition < this.edition)
    );
  }

  /** Null until it has been made. */
  get consumer(): Consumer | null {
    return this.#consumer;
  }

  /** Whether the client has set it up. */
  get ready(): boolean {
    return this.#ready;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Makes the consumer, paused. Resolves null when the reception was closed meanwhile. */
  async open(): Promise<Consumer | null> {
    const { router, transport, capabilities } = this.#receiver;
    const lease = await router.acquire(this.publication);
    if (this.#closed) {
      lease.release();
      return null;
    }
    this.#lease = lease;
    const producerId = lease.producer.id;
    if (!router.canConsume(producerId, capabilities)) {
      this.#release();
      throw new MeridianError('unsupported', `the receiver cannot decode ${this.publication.stream.codec}`);
    }
    const consumer = await withDeadline(
      transport.consume({ producerId, rtpCapabilities: capabilities, paused: true }),
      SFU.workerTimeout,
      'creating a consumer',
      (late) => late.close(),
    );
    this.#consumer = consumer;
    if (this.#closed || consumer.closed) {
      this.#closeConsumer();
      return null;
    }
    if (consumer.kind === 'video') this.publication.audience.come(this);
    this.#pause = new PauseControl(consumer);
    consumer.observer.once('close', this.#onGone);
    consumer.on('layerschange', this.#onLayers);
    return consumer;
  }

  /** The client has set it up. Resolves when packets flow, or as soon as they can. */
  async setReady(): Promise<void> {
    this.#ready = true;
    if (this.#consumer?.kind === 'video') await this.publication.audience.arrive(this);
    this.#gathered = true;
    await this.settle();
  }

  /** Not wanted at present: pauses now, and closes unless it is wanted again in time. */
  setSpare(spare: boolean): void {
    if (this.#closed || spare === (this.#spare !== undefined)) return;
    clearTimeout(this.#spare);
    this.#spare = spare ? setTimeout(() => this.close(), VIDEO.spareFor) : undefined;
    this.#demand();
    // A consumer that cannot be told is on a worker that is ill.
    this.settle().catch(() => this.close());
  }

  /** To be called when its transport has come up, or its receiver is no standby any more. */
  async settle(): Promise<void> {
    // Resuming asks for a key frame. One that arrives before the transport is up is lost, and the next one is
    // a second away (keyFrameRequestDelay).
    const connected = this.#receiver.transport.dtlsState === 'connected';
    const { standby, gathering } = this.#receiver;
    const waits = standby || (gathering && this.#consumer?.kind === 'video');
    const flows = this.#gathered && connected && this.#spare === undefined && !waits;
    if (flows) this.#lease?.start();
    await this.#pause?.set(!flows);
  }

  /**
   * Steers which layers arrive and how soon they get bandwidth. Values already set cost nothing. Until there is a
   * consumer, it says what will be wanted.
   */
  steer(allotment: Allotment): void {
    if (this.#closed) return;
    const { spatial, priority } = allotment;
    this.#allotment = allotment;
    this.#wished = spatial ?? 0;
    this.#demand();
    this.#watchShortage();
    const consumer = this.#consumer;
    if (consumer === null) return;
    if (spatial !== null) this.#prefer(consumer, spatial, allotment.halfRate);
    if (priority !== this.#priority) {
      this.#priority = priority;
      consumer.setPriority(priority).catch(() => {});
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.publication.audience.leave(this);
    clearTimeout(this.#spare);
    clearTimeout(this.#short);
    this.#demand();
    this.publication.off('closed', this.#onGone);
    this.publication.off('layer', this.#onLayers);
    this.publication.off('flow', this.#onFlow);
    this.#closeConsumer();
    this.#release();
    this.emit('closed');
  }

  #prefer(consumer: Consumer, spatial: number, halfRate: boolean): void {
    const mode = parseScalabilityMode(consumer.rtpParameters.encodings?.[0]?.scalabilityMode);
    const temporalLayer = Math.max(0, mode.temporalLayers - (halfRate ? 2 : 1));
    // Of what comes to this node in one layer that one is all there is.
    const spatialLayer = Math.min(spatial, mode.spatialLayers - 1, this.publication.flowing - 1);
    const layers = `${spatialLayer} ${temporalLayer}`;
    if (layers === this.#steered) return;
    this.#steered = layers;
    consumer.setPreferredLayers({ spatialLayer, temporalLayer }).catch(() => {});
  }

  /** With a producer its worker closes the consumers by itself; asked to again it would not find them. */
  #closeConsumer(): void {
    if (!this.publication.closed) this.#consumer?.close();
  }

  #release(): void {
    this.#lease?.release();
    this.#lease = null;
  }

  /** Lets the publication know which layers are wanted for this peer. */
  #demand(): void {
    const wanted = this.#closed || this.#spare !== undefined ? null : this.#wished;
    const layers = wanted === null ? [] : [wanted, ...(this.#fallback === null ? [] : [this.#fallback])];
    this.publication.demand.set(this, layers);
  }

  #currentLayers(): Layers | null {
    const current = this.#consumer?.currentLayers;
    const single = this.#lease?.single ?? null;
    // What the worker counts as the only layer is one of several where the stream comes from. Without temporal
    // layers in it there is nothing to count, and it says nothing.
    if (single?.spatial != null && (current !== undefined || this.#consumer?.type === 'simple')) {
      return { spatial: single.spatial, temporal: current?.temporalLayer ?? null };
    }
    if (current === undefined) return null;
    return { spatial: current.spatialLayer, temporal: current.temporalLayer ?? null };
  }

  /** A receiver that does not get what it should for a while wants something less as well. */
  #watchShortage(): void {
    clearTimeout(this.#short);
    const fallback = this.#fallbackNow();
    if (fallback === this.#fallback) return;
    const take = () => {
      this.#fallback = this.#fallbackNow();
      this.#demand();
    };
    if (fallback === null) take();
    else this.#short = setTimeout(take, VIDEO.shortAfter);
  }

  #fallbackNow(): number | null {
    const consumer = this.#consumer;
    if (consumer === null || consumer.paused || consumer.producerPaused || this.#wished === null) return null;
    if (consumer.type === 'simple') return null;
    const single = this.#lease?.single != null;
    return fallbackLayer(this.#wished, consumer.currentLayers?.spatialLayer ?? null, single);
  }

  readonly #onLayers = (): void => {
    if (this.#closed || this.#consumer === null) return;
    this.#watchShortage();
    this.emit('layers', this.#currentLayers());
  };
  readonly #onFlow = (): void => {
    if (this.#allotment !== null) this.steer(this.#allotment);
  };
  readonly #onGone = (): void => this.close();
}
