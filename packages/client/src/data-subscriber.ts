import type { mediaRpc } from '@meridian/protocol';
import type { DataConsumer, Transport } from 'mediasoup-client/types';
import type { DataChannels } from './data-channels.ts';

type Entry = { participantId: string; label: string; consumer: DataConsumer | null };

export type DataSubscriberOptions = {
  /** Number of the session; rises when a standby becomes the session in use. */
  session: () => number;
  transport: Transport;
  data: DataChannels;
  /** A channel could not be set up: the receiving side is in an unknown state. */
  broken(error: unknown): void;
};

/** The data channels of others, as they arrive on one session. */
export class DataSubscriber {
  readonly #options: DataSubscriberOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: DataSubscriberOptions) {
    this.#options = options;
  }

  async add(message: mediaRpc.DataConsumerCreated): Promise<void> {
    const { transport, data, session, broken } = this.#options;
    const { data_consumer_id: id, participant_id: participantId, label } = message;
    const entry: Entry = { participantId, label, consumer: null };
    this.#entries.set(id, entry);
    try {
      const consumer = await transport.consumeData({
        id,
        dataProducerId: message.data_producer_id,
        label,
        sctpStreamParameters: message.sctp_stream_parameters,
      });
      if (this.#closed || this.#entries.get(id) !== entry) {
        consumer.close();
        return;
      }
      entry.consumer = consumer;
      consumer.binaryType = 'arraybuffer';
      consumer.on('open', () => data.arriving(session(), participantId, label));
      consumer.on('message', (content: unknown) => {
        if (typeof content === 'string') data.received(session(), label, { participantId, data: content });
        else if (content instanceof ArrayBuffer) {
          data.received(session(), label, { participantId, data: new Uint8Array(content) });
        }
      });
    } catch (error) {
      if (!this.#closed) broken(error);
    }
  }

  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.consumer?.close();
    this.#options.data.departed(this.#options.session(), entry.participantId, entry.label);
  }

  close(): void {
    this.#closed = true;
    for (const id of [...this.#entries.keys()]) this.remove(id);
  }
}
