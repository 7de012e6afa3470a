import { EventEmitter } from 'node:events';
import { MeridianError } from '@meridian/protocol';
import type { Consumer, Router, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { Publication } from '../sfu/publication.ts';

export type Receiver = {
  router: Router;
  transport: WebRtcTransport;
  capabilities: RtpCapabilities;
};

/** One generation of a stream on its way to one peer. */
export class Reception extends EventEmitter<{ closed: [] }> {
  readonly publication: Publication;
  #consumer: Consumer | null = null;
  #acquired = false;
  #closed = false;
  #layer: number | null = null;
  #priority = 1;

  constructor(publication: Publication) {
    super();
    this.publication = publication;
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

  get closed(): boolean {
    return this.#closed;
  }

  /** Makes the consumer, paused. Resolves null when the reception was closed meanwhile. */
  async open(receiver: Receiver): Promise<Consumer | null> {
    const producer = await this.publication.acquire();
    if (this.#closed) {
      this.publication.release();
      return null;
    }
    this.#acquired = true;
    const options = { producerId: producer.id, rtpCapabilities: receiver.capabilities };
    if (!receiver.router.canConsume(options)) {
      this.#acquired = false;
      this.publication.release();
      throw new MeridianError('unsupported', `the receiver cannot decode ${this.publication.stream.codec}`);
    }
    const consumer = await withDeadline(
      receiver.transport.consume({ ...options, paused: true }),
      SFU.workerTimeout,
      'creating a consumer',
      (late) => late.close(),
    );
    if (this.#closed || consumer.closed) {
      consumer.close();
      return null;
    }
    this.#consumer = consumer;
    consumer.observer.once('close', this.#onGone);
    return consumer;
  }

  /** Steers which layer arrives and how soon it gets bandwidth. Values already set cost nothing. */
  steer(layer: number | null, priority: number): void {
    const consumer = this.#consumer;
    if (consumer === null || this.#closed) return;
    if (layer !== null && layer !== this.#layer) {
      this.#layer = layer;
      consumer.setPreferredLayers({ spatialLayer: layer }).catch(() => {});
    }
    if (priority !== this.#priority) {
      this.#priority = priority;
      consumer.setPriority(priority).catch(() => {});
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.publication.off('closed', this.#onGone);
    this.#consumer?.close();
    if (this.#acquired) this.publication.release();
    this.emit('closed');
  }

  readonly #onGone = (): void => this.close();
}
