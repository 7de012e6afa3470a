import type { DataConsumer, WebRtcTransport } from 'mediasoup/types';
import { DATA, PEER, SFU } from '../config.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import type { NodeToClientBody } from '../sfu/wire.ts';
import type { DataChannel } from './data-channel.ts';
import type { DataDirectory } from './data-directory.ts';

export type DataSubscriberOptions = {
  participantId: string;
  transport: WebRtcTransport;
  router: MeetingRouter;
  channels: DataDirectory;
  send: (body: NodeToClientBody) => void;
  logger: Logger;
};

/** Lets everybody else's data channels arrive at one peer. */
export class DataSubscriber {
  readonly #options: DataSubscriberOptions;
  /** Null while it is being made. */
  readonly #consumers = new Map<DataChannel, DataConsumer | null>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: DataSubscriberOptions) {
    this.#options = options;
    options.channels.on('added', this.#onAdded);
    options.channels.on('removed', this.#onRemoved);
    for (const channel of options.channels.all()) this.#onAdded(channel);
  }

  get size(): number {
    return this.#consumers.size;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.channels.off('added', this.#onAdded);
    this.#options.channels.off('removed', this.#onRemoved);
    for (const timer of this.#retries) clearTimeout(timer);
    for (const consumer of this.#consumers.values()) consumer?.close();
    this.#consumers.clear();
  }

  readonly #onAdded = (channel: DataChannel): void => {
    if (channel.info.participant_id === this.#options.participantId) return;
    if (this.#consumers.size >= DATA.maxConsumers) return;
    this.#consumers.set(channel, null);
    this.#receive(channel).catch((error: unknown) => {
      this.#consumers.delete(channel);
      if (this.#closed || channel.closed || this.#options.transport.closed) return;
      this.#options.logger.warn({ err: error, label: channel.info.label }, 'data channel not delivered');
      const timer = setTimeout(() => {
        this.#retries.delete(timer);
        if (!channel.closed) this.#onAdded(channel);
      }, PEER.consumeRetry);
      this.#retries.add(timer);
    });
  };

  readonly #onRemoved = (channel: DataChannel): void => {
    const consumer = this.#consumers.get(channel);
    this.#consumers.delete(channel);
    consumer?.close();
  };

  async #receive(channel: DataChannel): Promise<void> {
    const { router, send } = this.#options;
    const lease = await channel.acquire(router);
    try {
      const consumer = await this.#consume(lease.producer.id, channel);
      const { sctpStreamParameters } = consumer;
      if (!this.#consumers.has(channel) || consumer.closed || sctpStreamParameters === undefined) {
        consumer.close();
        lease.release();
        return;
      }
      this.#consumers.set(channel, consumer);
      consumer.observer.once('close', () => {
        lease.release();
        if (this.#consumers.get(channel) === consumer) this.#consumers.delete(channel);
        if (!this.#closed) send({ type: 'data_consumer_closed', data_consumer_id: consumer.id });
      });
      send({
        type: 'data_consumer',
        data_consumer_id: consumer.id,
        data_producer_id: channel.id,
        participant_id: channel.info.participant_id,
        label: channel.info.label,
        sctp_stream_parameters: sctpStreamParameters,
      });
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  #consume(dataProducerId: string, channel: DataChannel): Promise<DataConsumer> {
    const { ordered, maxPacketLifeTime, maxRetransmits } = channel.info.delivery;
    return withDeadline(
      this.#options.transport.consumeData({
        dataProducerId,
        ...(ordered === undefined ? {} : { ordered }),
        ...(maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime }),
        ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
      }),
      SFU.workerTimeout,
      'delivering a data channel',
      (late) => late.close(),
    );
  }
}
