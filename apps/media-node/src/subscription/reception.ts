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

export type Receiver = {
  router: MeetingRouter;
  transport: WebRtcTransport;
  capabilities: RtpCapabilities;
};

/** One generation of a stream on its way to one peer. */
export class Reception extends EventEmitter<{ closed: [] }> {
  readonly publication: Publication;
  readonly #receiver: Receiver;
  #consumer: Consumer | null = null;
  #pause: PauseControl | null = null;
  #lease: Lease | null = null;
  #ready = false;
  #spare: NodeJS.Timeout | undefined;
  #steered = '';
  #priority = 1;
  #closed = false;

  constructor(publication: Publication, receiver: Receiver) {
    super();
    this.publication = publication;
    this.#receiver = receiver;
    publication.once('closed', this.#onGone);
  }

  get streamId(): string {
    return this.publication.stream.stream_id;
  }

  get generation(): number {
    return this.publication.stream.generation;
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
    this.#pause = new PauseControl(consumer);
    consumer.observer.once('close', this.#onGone);
    return consumer;
  }

  /** The client has set it up. Resolves when packets flow, or as soon as they can. */
  setReady(): Promise<void> {
    this.#ready = true;
    return this.settle();
  }

  /** Not wanted at present: pauses now, and closes unless it is wanted again in time. */
  setSpare(spare: boolean): void {
    if (this.#closed || spare === (this.#spare !== undefined)) return;
    clearTimeout(this.#spare);
    this.#spare = spare ? setTimeout(() => this.close(), VIDEO.spareFor) : undefined;
    // A consumer that cannot be told is on a worker that is ill.
    this.settle().catch(() => this.close());
  }

  /** To be called when its transport has come up. */
  async settle(): Promise<void> {
    // Resuming asks for a key frame. One that arrives before the transport is up is lost, and the next one is
    // a second away (keyFrameRequestDelay).
    const connected = this.#receiver.transport.dtlsState === 'connected';
    await this.#pause?.set(!(this.#ready && connected && this.#spare === undefined));
  }

  /** Steers which layers arrive and how soon they get bandwidth. Values already set cost nothing. */
  steer({ spatial, halfRate, priority }: Allotment): void {
    const consumer = this.#consumer;
    if (consumer === null || this.#closed) return;
    const layers = `${spatial} ${halfRate}`;
    if (spatial !== null && layers !== this.#steered) {
      this.#steered = layers;
      const { temporalLayers } = parseScalabilityMode(consumer.rtpParameters.encodings?.[0]?.scalabilityMode);
      const temporalLayer = Math.max(0, temporalLayers - (halfRate ? 2 : 1));
      consumer.setPreferredLayers({ spatialLayer: spatial, temporalLayer }).catch(() => {});
    }
    if (priority !== this.#priority) {
      this.#priority = priority;
      consumer.setPriority(priority).catch(() => {});
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#spare);
    this.publication.off('closed', this.#onGone);
    this.#closeConsumer();
    this.#release();
    this.emit('closed');
  }

  /** With a producer its worker closes the consumers by itself; asked to again it would not find them. */
  #closeConsumer(): void {
    if (!this.publication.closed) this.#consumer?.close();
  }

  #release(): void {
    this.#lease?.release();
    this.#lease = null;
  }

  readonly #onGone = (): void => this.close();
}
