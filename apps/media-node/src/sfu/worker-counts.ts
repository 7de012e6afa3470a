import type { MediaKind } from '@meridian/protocol';
import type { Router, Transport, Worker } from 'mediasoup/types';

type ByKind = Record<MediaKind, number>;

/** What lives on a worker, counted as mediasoup makes and closes it. */
export class WorkerCounts {
  routers = 0;
  /** By mediasoup's type: `webrtc`, `pipe`, `direct`, `plain`. */
  readonly transports = new Map<string, number>();
  readonly producers: ByKind = { audio: 0, video: 0 };
  readonly consumers: ByKind = { audio: 0, video: 0 };
  dataProducers = 0;
  dataConsumers = 0;

  constructor(worker: Worker) {
    worker.observer.on('newrouter', (router) => this.#watchRouter(router));
  }

  /** Producers and consumers of both kinds. */
  get streams(): number {
    const { producers, consumers } = this;
    return producers.audio + producers.video + consumers.audio + consumers.video;
  }

  #watchRouter(router: Router): void {
    this.routers += 1;
    router.observer.once('close', () => {
      this.routers -= 1;
    });
    router.observer.on('newtransport', (transport) => this.#watchTransport(transport));
  }

  #watchTransport(transport: Transport): void {
    const add = (change: number) =>
      this.transports.set(transport.type, (this.transports.get(transport.type) ?? 0) + change);
    add(1);
    transport.observer.once('close', () => add(-1));
    transport.observer.on('newproducer', ({ kind, observer }) => {
      this.producers[kind] += 1;
      observer.once('close', () => {
        this.producers[kind] -= 1;
      });
    });
    transport.observer.on('newconsumer', ({ kind, observer }) => {
      this.consumers[kind] += 1;
      observer.once('close', () => {
        this.consumers[kind] -= 1;
      });
    });
    transport.observer.on('newdataproducer', ({ observer }) => {
      this.dataProducers += 1;
      observer.once('close', () => {
        this.dataProducers -= 1;
      });
    });
    transport.observer.on('newdataconsumer', ({ observer }) => {
      this.dataConsumers += 1;
      observer.once('close', () => {
        this.dataConsumers -= 1;
      });
    });
  }
}
