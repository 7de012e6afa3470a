import type { RtpParameters, relay } from '@meridian/protocol';
import type { Consumer } from 'mediasoup/types';
import { RELAY } from '../config.ts';
import { DowngradeDelay } from '../sfu/downgrade-delay.ts';
import type { Lease, Publication, SingleLayer } from '../sfu/publication.ts';
import { rtpParametersToWire } from '../sfu/wire.ts';
import type { RelayPath } from './relay-path.ts';
import type { FeedOrder } from './relayed-stream.ts';

export type OutgoingFeedEvents = {
  /** Its consumer has closed, or another tap has taken the place of the one it comes from. */
  over: () => void;
  /** The layer it carries alone is another. */
  layer: (spatial: number | null) => void;
};

/** A stream on its way over a link. */
export class OutgoingFeed {
  readonly consumer: Consumer;
  readonly #lease: Lease;
  readonly #events: OutgoingFeedEvents;
  readonly #publication: Publication;
  /** How many layers the one it sends is among; null: it sends what there is. */
  readonly #thin: DowngradeDelay | null;
  #due: NodeJS.Timeout | undefined;
  /** The layer its consumer has been told to send. */
  #preferred: number | null = null;
  #closed = false;

  /** Puts a stream onto a path, from whichever router of the meeting it is on. */
  static async open(
    path: RelayPath,
    publication: Publication,
    { carriage, layers }: Pick<FeedOrder, 'carriage' | 'layers'>,
    events: OutgoingFeedEvents,
  ): Promise<OutgoingFeed> {
    const lease = await path.router.acquire(publication);
    try {
      const highest = layers.at(-1);
      // Of a stream that is single here already, or not simulcast, there is no layer to take out.
      const thin = carriage === 'thin' && highest !== undefined && lease.producer.type === 'simulcast';
      const consumer = thin
        ? await path.sendThin(lease.producer, highest)
        : await path.sendFull(lease.producer);
      return new OutgoingFeed(publication, lease, consumer, thin ? highest : null, events);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  private constructor(
    publication: Publication,
    lease: Lease,
    consumer: Consumer,
    layer: number | null,
    events: OutgoingFeedEvents,
  ) {
    this.#publication = publication;
    this.#lease = lease;
    this.consumer = consumer;
    this.#events = events;
    this.#thin = layer === null ? null : new DowngradeDelay(layer + 1, RELAY.lowerAfter);
    this.#preferred = layer;
    publication.on('retapped', this.#onOver);
    publication.on('flow', this.#prefer);
    publication.on('layer', this.#onLayer);
    consumer.on('layerschange', this.#onLayer);
    consumer.observer.once('close', this.#onConsumerClosed);
    if (consumer.closed) this.#onConsumerClosed();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The layer that it carries alone; null: all there are. */
  get single(): SingleLayer | null {
    if (this.#thin === null) return this.#lease.single;
    return { spatial: this.consumer.currentLayers?.spatialLayer ?? null };
  }

  /** What the answer to its order says. */
  get description(): Pick<
    Extract<relay.RelayMessage, { type: 'relay_consumer' }>,
    'carriage' | 'kind' | 'rtp_parameters' | 'paused' | 'spatial'
  > {
    const aimed = this.#thin === null ? this.#lease.single : { spatial: this.#thin.value - 1 };
    return {
      carriage: this.#thin === null ? 'full' : 'thin',
      kind: this.consumer.kind,
      rtp_parameters: this.#rtpParameters(),
      paused: this.#publication.stream.paused,
      spatial: aimed === null ? null : (aimed.spatial ?? 0),
    };
  }

  /** The other end can take packets. */
  async begin(): Promise<void> {
    if (this.#closed) return;
    // This one first: the key frame that it makes come is to find the way open.
    if (this.consumer.paused) await this.consumer.resume();
    this.#lease.start();
  }

  /** Which layers are watched behind the other end; none: the feed will be ended or wanted again. */
  wish(layers: readonly number[]): void {
    const highest = layers.at(-1);
    if (this.#thin === null || this.#closed || highest === undefined) return;
    const now = performance.now();
    this.#thin.update(highest + 1, now);
    this.#prefer();
    clearTimeout(this.#due);
    const { due } = this.#thin;
    if (due !== null) this.#due = setTimeout(() => this.wish(layers), Math.max(1, due - now));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#due);
    this.#publication.off('retapped', this.#onOver);
    this.#publication.off('flow', this.#prefer);
    this.#publication.off('layer', this.#onLayer);
    this.consumer.observer.off('close', this.#onConsumerClosed);
    // With a producer its worker closes the consumers by itself.
    if (!this.#lease.producer.closed) this.consumer.close();
    this.#lease.release();
  }

  #rtpParameters(): RtpParameters {
    const wire = rtpParametersToWire(this.consumer.rtpParameters);
    if (this.#thin === null) return wire;
    // mediasoup names the layers it chooses from. The receiver has one, and would wait for others.
    const encodings = (wire.encodings ?? []).map((encoding) => ({
      ...encoding,
      scalabilityMode: encoding.scalabilityMode?.replace(/^L\d/, 'L1'),
    }));
    return { ...wire, encodings };
  }

  /** The layer that is watched, or the highest below it that flows. */
  readonly #prefer = (): void => {
    if (this.#thin === null || this.#closed) return;
    const spatialLayer = Math.min(this.#thin.value, this.#publication.flowing) - 1;
    if (spatialLayer === this.#preferred) return;
    this.#preferred = spatialLayer;
    // A worker that cannot be told is ill and takes the consumer with it.
    this.consumer.setPreferredLayers({ spatialLayer }).catch(() => {});
  };
  readonly #onOver = (): void => this.#events.over();
  readonly #onLayer = (): void => {
    const { single } = this;
    if (single !== null) this.#events.layer(single.spatial);
  };
  readonly #onConsumerClosed = (): void => {
    this.close();
    this.#events.over();
  };
}
