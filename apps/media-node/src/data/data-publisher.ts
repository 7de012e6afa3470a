import { LIMITS, MeridianError, type mediaRpc } from '@meridian/protocol';
import type { DataProducer, WebRtcTransport } from 'mediasoup/types';
import { DATA, SFU } from '../config.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import { mediaError, type NodeToClientBody } from '../sfu/wire.ts';
import { DataAllowance } from './data-allowance.ts';
import type { DataDirectory } from './data-directory.ts';
import { LocalChannel } from './local-channel.ts';

export type DataPublisherOptions = {
  participantId: string;
  transport: WebRtcTransport;
  router: MeetingRouter;
  channels: DataDirectory;
  send: (body: NodeToClientBody) => void;
  logger: Logger;
};

type ProduceData = Pick<
  Extract<mediaRpc.ClientToNode, { type: 'produce_data' }>,
  'label' | 'sctp_stream_parameters'
>;
type Watched = { channel: LocalChannel; allowance: DataAllowance };

let opened = 0;

/** The data channels that one peer has opened: at most one for each label. They close with its transport. */
export class DataPublisher {
  readonly #options: DataPublisherOptions;
  /** By label; null while one is being made. */
  readonly #channels = new Map<string, Watched | null>();
  #allowed: boolean;
  #sampler: NodeJS.Timeout | undefined;

  constructor(options: DataPublisherOptions, allowed: boolean) {
    this.#options = options;
    this.#allowed = allowed;
  }

  get size(): number {
    return this.#channels.size;
  }

  /** Returns the id of the channel. */
  async produce({ label, sctp_stream_parameters }: ProduceData): Promise<string> {
    this.#assertAllowed();
    if (this.#channels.has(label)) throw new MeridianError('conflict', `${label} is open`);
    if (this.#channels.size >= LIMITS.dataChannels) {
      throw new MeridianError('unprocessable', `a participant may have ${LIMITS.dataChannels} data channels`);
    }
    const { participantId, router, channels } = this.#options;
    this.#channels.set(label, null);
    let producer: DataProducer | undefined;
    try {
      const { streamId: _streamId, ...delivery } = sctp_stream_parameters;
      opened += 1;
      // The time as well, since another node, or a former life of this one, may have issued the same number.
      const id = `${participantId}:data:${label}.${Date.now()}.${opened}`;
      producer = await this.#createProducer(id, { label, sctp_stream_parameters });
      this.#assertAllowed();
      const info = { data_producer_id: id, participant_id: participantId, label, delivery };
      const channel = new LocalChannel(producer, router, info);
      // Of another socket of this session, which lingers: its successor is here.
      for (const older of [...channels.local()]) {
        if (older.info.participant_id === participantId && older.info.label === label) older.close();
      }
      this.#channels.set(label, { channel, allowance: new DataAllowance(performance.now()) });
      channel.once('closed', () => this.#forget(label));
      channels.add(channel);
      this.#sampler ??= setInterval(() => void this.#sample(), DATA.sample);
      return id;
    } catch (error) {
      producer?.close();
      this.#forget(label);
      throw error;
    }
  }

  close(label: string): void {
    const watched = this.#channels.get(label);
    if (watched == null) throw new MeridianError('unknown_stream', `${label} is not open`);
    watched.channel.close();
  }

  /** What the room allows from now on. */
  setAllowed(allowed: boolean): void {
    this.#allowed = allowed;
    if (!allowed) for (const watched of this.#channels.values()) watched?.channel.close();
  }

  async #createProducer(id: string, { label, sctp_stream_parameters }: ProduceData): Promise<DataProducer> {
    try {
      return await withDeadline(
        this.#options.transport.produceData({ id, label, sctpStreamParameters: sctp_stream_parameters }),
        SFU.workerTimeout,
        'creating a data channel',
        (late) => late.close(),
      );
    } catch (error) {
      throw mediaError(error, 'the data channel cannot be taken');
    }
  }

  #assertAllowed(): void {
    if (this.#options.transport.closed) {
      throw new MeridianError('unknown_transport', 'the transport is closed');
    }
    if (!this.#allowed) throw new MeridianError('forbidden', 'data may not be sent');
  }

  #forget(label: string): void {
    this.#channels.delete(label);
    if (this.#channels.size > 0) return;
    clearInterval(this.#sampler);
    this.#sampler = undefined;
  }

  async #sample(): Promise<void> {
    for (const watched of this.#channels.values()) {
      if (watched === null) continue;
      const { channel, allowance } = watched;
      const stats = await withDeadline(
        channel.producer.getStats(),
        SFU.workerTimeout,
        'reading the counters of a data channel',
      ).catch(() => []);
      const [counters] = stats;
      if (counters === undefined || channel.closed) continue;
      const { messagesReceived: messages, bytesReceived: bytes } = counters;
      if (allowance.spend({ messages, bytes }, performance.now())) continue;
      this.#options.logger.warn({ label: channel.info.label, messages, bytes }, 'data channel over its rate');
      channel.close();
      this.#options.send({
        type: 'data_producer_closed',
        data_producer_id: channel.id,
        label: channel.info.label,
        reason: 'rate_limited',
      });
    }
  }
}
