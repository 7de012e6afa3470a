import type { DataProducer } from 'mediasoup/types';
import { DATA, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import { type ChannelInfo, DataChannel, type DataLease } from './data-channel.ts';
import { openDirect } from './data-inlet.ts';

/** Takes the messages of a channel out of its router. */
type Tap = { close(): void };

/** A channel that a peer of this node has opened. */
export class LocalChannel extends DataChannel {
  readonly isLocal = true;
  readonly producer: DataProducer;
  readonly #home: MeetingRouter;
  #tap: Promise<Tap> | null = null;

  constructor(producer: DataProducer, home: MeetingRouter, info: ChannelInfo) {
    super(info);
    this.producer = producer;
    this.#home = home;
    producer.observer.once('close', () => super.close());
  }

  override async acquire(router: MeetingRouter): Promise<DataLease> {
    return router === this.#home ? { producer: this.producer, release: () => {} } : super.acquire(router);
  }

  override close(): void {
    this.producer.close();
  }

  protected demandChanged(): void {
    const wanted = this.isWanted && !this.closed;
    if (wanted === (this.#tap !== null)) return;
    const tap = this.#tap;
    this.#tap = wanted ? this.#open() : null;
    tap?.then(
      (open) => open.close(),
      () => {},
    );
  }

  async #open(): Promise<Tap> {
    const transport = await openDirect(this.#home.router);
    const gone = () => transport.close();
    this.once('closed', gone);
    transport.observer.once('close', () => this.off('closed', gone));
    try {
      const consumer = await withDeadline(
        transport.consumeData({ dataProducerId: this.producer.id }),
        SFU.workerTimeout,
        'taking a data channel out of a router',
      );
      consumer.on('message', (payload, ppid) => {
        const known = DATA.ppids.find((allowed) => allowed === ppid);
        if (known === undefined) return;
        this.deliver({ payload, ppid: known });
      });
      if (this.closed) transport.close();
      return transport;
    } catch (error) {
      transport.close();
      throw error;
    }
  }
}
