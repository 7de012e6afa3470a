import { EventEmitter } from 'node:events';
import { MeridianError, type relay } from '@meridian/protocol';
import type { DataProducer } from 'mediasoup/types';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import { DataInlet } from './data-inlet.ts';

/** What every receiver has to know of a channel. */
export type ChannelInfo = Pick<
  Extract<relay.RelayMessage, { type: 'relay_data_available' }>,
  'data_producer_id' | 'participant_id' | 'label' | 'delivery'
>;
type Listener = (message: DataMessage) => void;
export type DataMessage = {
  payload: Buffer;
  ppid: Extract<relay.RelayMessage, { type: 'relay_data' }>['ppid'];
};

/** Somebody's hold on a channel at a router. `release` is for calling once. */
export type DataLease = { readonly producer: DataProducer; release(): void };

type DataChannelEvents = {
  /** It comes another way. */
  rerouted: [];
  closed: [];
};

type Inlet = { opening: Promise<DataInlet>; users: number };

/**
 * A data channel as this node has it: opened by a peer here, or offered by another node. mediasoup forwards what
 * stays at one router; to other routers its messages are carried by Node and put in there.
 */
export abstract class DataChannel extends EventEmitter<DataChannelEvents> {
  readonly info: ChannelInfo;
  readonly #inlets = new Map<MeetingRouter, Inlet>();
  /** Other nodes that receive it. */
  readonly #listeners = new Set<Listener>();
  #closed = false;

  constructor(info: ChannelInfo) {
    super();
    // One listener per receiver and relay.
    this.setMaxListeners(0);
    this.info = info;
  }

  get id(): string {
    return this.info.data_producer_id;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it was opened at this node. */
  abstract readonly isLocal: boolean;

  /** Makes it available at a router while somebody there holds it. */
  async acquire(router: MeetingRouter): Promise<DataLease> {
    if (this.#closed) throw new MeridianError('unknown_stream', 'the channel is closed');
    const inlet = this.#inlets.get(router) ?? this.#open(router);
    inlet.users += 1;
    try {
      const { producer } = await inlet.opening;
      if (this.#closed || producer.closed) throw new MeridianError('unknown_stream', 'the channel is closed');
      return { producer, release: () => this.#release(router, inlet) };
    } catch (error) {
      this.#release(router, inlet);
      throw error;
    }
  }

  /** Hears every message until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.demandChanged();
    return () => {
      this.#listeners.delete(listener);
      this.demandChanged();
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [router, inlet] of this.#inlets) this.#drop(router, inlet);
    this.emit('closed');
  }

  /** Whether any router here takes messages from Node, or another node does. */
  protected get isWanted(): boolean {
    return this.#inlets.size > 0 || this.#listeners.size > 0;
  }

  /** Messages are now wanted, or not any more. */
  protected abstract demandChanged(): void;

  protected deliver(message: DataMessage): void {
    for (const { opening } of this.#inlets.values()) {
      opening.then(
        (inlet) => inlet.send(message),
        () => {},
      );
    }
    for (const listener of this.#listeners) listener(message);
  }

  #open(router: MeetingRouter): Inlet {
    const inlet: Inlet = { opening: DataInlet.open(router, this.info), users: 0 };
    this.#inlets.set(router, inlet);
    const drop = () => this.#drop(router, inlet);
    inlet.opening.then(({ producer }) => {
      if (producer.closed) drop();
      else producer.observer.once('close', drop);
    }, drop);
    this.demandChanged();
    return inlet;
  }

  #release(router: MeetingRouter, inlet: Inlet): void {
    inlet.users -= 1;
    if (inlet.users === 0) this.#drop(router, inlet);
  }

  #drop(router: MeetingRouter, inlet: Inlet): void {
    if (this.#inlets.get(router) !== inlet) return;
    this.#inlets.delete(router);
    inlet.opening.then(
      (open) => open.close(),
      () => {},
    );
    this.demandChanged();
  }
}
