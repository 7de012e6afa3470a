import { LIMITS } from '@meridian/protocol';
import type { DataProducer, DirectTransport } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import type { ChannelInfo, DataMessage } from './data-channel.ts';

/** Puts messages that Node has into a router, as if the channel had been opened there. */
export class DataInlet {
  readonly producer: DataProducer;
  readonly #transport: DirectTransport;

  static async open({ router }: MeetingRouter, info: ChannelInfo): Promise<DataInlet> {
    const transport = await openDirect(router);
    try {
      const producer = await withDeadline(
        transport.produceData({ id: info.data_producer_id, label: info.label }),
        SFU.workerTimeout,
        'opening a data channel at a router',
      );
      return new DataInlet(transport, producer);
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  private constructor(transport: DirectTransport, producer: DataProducer) {
    this.#transport = transport;
    this.producer = producer;
  }

  send({ payload, ppid }: DataMessage): void {
    if (!this.producer.closed) this.producer.send(payload, ppid);
  }

  close(): void {
    this.#transport.close();
  }
}

/** A transport whose other end is Node. */
export function openDirect(router: MeetingRouter['router']): Promise<DirectTransport> {
  return withDeadline(
    router.createDirectTransport({
      maxSendMessageSize: LIMITS.dataMessageBytes,
      maxReceiveMessageSize: LIMITS.dataMessageBytes,
    }),
    SFU.workerTimeout,
    'creating a direct transport',
    (late) => late.close(),
  );
}
