import { MeridianError, producerId } from '@meridian/protocol';
import type { Consumer, DtlsState } from 'mediasoup/types';
import { PEER, SFU } from '../config.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import { firstPacket } from '../sfu/first-packet.ts';
import type { StreamInfo } from '../sfu/publication.ts';
import type { StreamDirectory } from '../sfu/stream-directory.ts';
import { type NodeToClientBody, rtpParametersToWire } from '../sfu/wire.ts';
import { chooseLayer } from './choose-layer.ts';
import { planConsumers, type Wish, wanted } from './plan.ts';
import { type Receiver, Reception } from './reception.ts';

export type SubscriberOptions = {
  streams: StreamDirectory;
  receiver: Receiver;
  participantId: string;
  send: (body: NodeToClientBody) => void;
  logger: Logger;
};

/** Brings about what a peer should receive, and keeps it so while streams come, go and are republished. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #receptions = new Map<string, Reception>();
  readonly #retries = new Set<NodeJS.Timeout>();
  /** Consumers whose client is ready before the transport is. */
  readonly #untilConnected = new Set<Consumer>();
  #wishes: ReadonlyMap<string, Wish> = new Map();
  #version = -1;
  #scheduled = false;
  #closed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    options.streams.on('available', this.#refresh);
    options.streams.on('updated', this.#refresh);
    options.streams.on('removed', this.#refresh);
    options.receiver.transport.observer.on('dtlsstatechange', this.#onDtlsState);
    this.#refresh();
  }

  get consumerCount(): number {
    return this.#receptions.size;
  }

  /** Replaces the whole wish for video. One older than what is in force is ignored. */
  subscribe(version: number, wishes: readonly Wish[]): void {
    if (version < this.#version) return;
    this.#version = version;
    this.#wishes = new Map(wishes.map((wish) => [wish.stream_id, wish]));
    this.#apply();
  }

  /** The client has set a consumer up: packets may flow. */
  async ready(consumerId: string): Promise<void> {
    const reception = [...this.#receptions.values()].find((held) => held.consumer?.id === consumerId);
    const consumer = reception?.consumer ?? null;
    if (reception === undefined || consumer === null) {
      throw new MeridianError('unknown_consumer', 'no such consumer');
    }
    if (!consumer.paused) return;
    this.#retireOlder(reception, consumer);
    // Resuming asks for a key frame. One that arrives before the transport is up is lost, and the next one is
    // a second away (keyFrameRequestDelay).
    if (this.#options.receiver.transport.dtlsState === 'connected') await resume(consumer);
    else this.#untilConnected.add(consumer);
  }

  readonly #onDtlsState = (state: DtlsState): void => {
    if (state !== 'connected') return;
    for (const consumer of this.#untilConnected) {
      if (consumer.closed) continue;
      resume(consumer).catch((error: unknown) =>
        this.#options.logger.warn({ error }, 'consumer not resumed'),
      );
    }
    this.#untilConnected.clear();
  };

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const event of ['available', 'updated', 'removed'] as const) {
      this.#options.streams.off(event, this.#refresh);
    }
    this.#options.receiver.transport.observer.off('dtlsstatechange', this.#onDtlsState);
    this.#untilConnected.clear();
    for (const timer of this.#retries) clearTimeout(timer);
    for (const reception of [...this.#receptions.values()]) reception.close();
  }

  /** Streams change in bursts, while a meeting fills up: one look at all of them per turn of the loop. */
  readonly #refresh = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#apply();
    });
  };

  #apply(): void {
    if (this.#closed) return;
    const { streams, participantId } = this.#options;
    const live = [...streams.all()].map((publication) => publication.stream);
    const want = wanted(live, this.#wishes, participantId);
    const plan = planConsumers(want, this.#receptions.values());
    for (const held of plan.close) this.#receptions.get(producerId(held.streamId, held.generation))?.close();
    for (const stream of plan.create) void this.#receive(stream);
    for (const reception of this.#receptions.values()) this.#steer(reception);
  }

  async #receive(stream: StreamInfo): Promise<void> {
    const publication = this.#options.streams.find(stream.stream_id, stream.generation);
    if (publication === undefined) return;
    const key = producerId(stream.stream_id, stream.generation);
    const reception = new Reception(publication);
    this.#receptions.set(key, reception);
    reception.once('closed', () => {
      this.#receptions.delete(key);
      const { consumer, streamId } = reception;
      if (consumer === null || this.#closed) return;
      this.#options.send({ type: 'consumer_closed', consumer_id: consumer.id, stream_id: streamId });
      this.#refresh();
    });
    try {
      const consumer = await reception.open(this.#options.receiver);
      if (consumer !== null) this.#announce(reception, consumer);
    } catch (error) {
      this.#failed(reception, error);
    }
  }

  #announce(reception: Reception, consumer: Consumer): void {
    const { stream } = reception.publication;
    const replaced = this.#older(reception).at(-1)?.consumer;
    consumer.on('layerschange', (layers) => {
      this.#options.send({
        type: 'layers',
        consumer_id: consumer.id,
        stream_id: stream.stream_id,
        current:
          layers === undefined
            ? null
            : { spatial: layers.spatialLayer, temporal: layers.temporalLayer ?? null },
      });
    });
    this.#steer(reception);
    this.#options.send({
      type: 'consumer',
      consumer_id: consumer.id,
      producer_id: consumer.producerId,
      stream_id: stream.stream_id,
      generation: stream.generation,
      participant_id: stream.participant_id,
      source: stream.source,
      kind: consumer.kind,
      rtp_parameters: rtpParametersToWire(consumer.rtpParameters),
      ...(replaced == null ? {} : { replaces: replaced.id }),
    });
  }

  #failed(reception: Reception, error: unknown): void {
    if (this.#closed || reception.closed) return;
    const { logger } = this.#options;
    logger.warn({ err: error, stream_id: reception.streamId }, 'stream cannot be delivered');
    // What the receiver cannot decode it never will: the reception stays as a mark of that.
    if (error instanceof MeridianError && error.code === 'unsupported') return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      reception.close();
      this.#refresh();
    }, PEER.consumeRetry);
    this.#retries.add(timer);
  }

  /** Once the newer generation shows something, the older is of no use. */
  #retireOlder(reception: Reception, consumer: Consumer): void {
    if (this.#older(reception).length === 0) return;
    const retire = () => {
      if (!reception.closed) for (const older of this.#older(reception)) older.close();
    };
    if (reception.publication.stream.paused) retire();
    else void firstPacket(consumer, PEER.replaceTimeout).then(retire);
  }

  /** Receptions of earlier generations of the same stream, oldest first. */
  #older(reception: Reception): Reception[] {
    return [...this.#receptions.values()]
      .filter((other) => other.streamId === reception.streamId && other.generation < reception.generation)
      .sort((a, b) => a.generation - b.generation);
  }

  #steer(reception: Reception): void {
    const wish = this.#wishes.get(reception.streamId);
    if (wish === undefined) return;
    const { layers, source } = reception.publication.stream;
    // A shared screen is read, so everybody gets it in full; the estimate may still take it down.
    const layer =
      source === 'screen' && layers.length > 0
        ? layers.length - 1
        : chooseLayer(layers, wish.width, wish.height);
    reception.steer(layer, wish.pinned ? PEER.pinnedPriority : wish.priority);
  }
}

function resume(consumer: Consumer): Promise<void> {
  return withDeadline(consumer.resume(), SFU.workerTimeout, 'resuming a consumer');
}
