import { ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import { Device, FakeHandler, testFakeParameters } from 'mediasoup-client';
import type { DataConsumer, DataProducer } from 'mediasoup-client/types';
import { vi } from 'vitest';
import type { Environment } from '../environment.ts';
import { Meeting } from '../meeting.ts';
import type { JoinOptions } from '../types.ts';
import type { WakeReason } from '../wake.ts';
import { FakeNetwork } from './fake-network.ts';
import { FakeNode } from './fake-node.ts';
import { FakeRoom } from './fake-room.ts';

export const ROOM_URL = 'ws://room.test/signal';
export const NODE_URL = 'ws://node.test/media';
export const OTHER_NODE_URL = 'ws://other-node.test/media';

/** A whole world in memory, on fake timers: network, room, node and a device without hardware. */
export class World {
  readonly network = new FakeNetwork();
  readonly room = new FakeRoom(ROOM_URL, NODE_URL);
  readonly node = new FakeNode();
  readonly otherNode = new FakeNode('node-2');
  /** Handlers of the transports, in order of creation: send and recv of each session. */
  readonly handlers: FakeHandler[] = [];
  /** Ends of data channels, in order of creation. They open when a test says so. */
  readonly dataProducers: DataProducer[] = [];
  readonly dataConsumers: DataConsumer[] = [];
  /** Those that bring nothing, and only have a way connected. */
  readonly warmedBy: DataConsumer[] = [];
  /** What the estimates of ways up may fall to, kbit/s, in the order in which devices were asked for. */
  readonly floors: number[] = [];
  readonly left: string[] = [];
  /** How many of the next requests to leave break off. */
  brokenLeaves = 0;
  /** The same of requests to join. */
  brokenJoins = 0;
  readonly #wakeListeners = new Set<(why: WakeReason) => void>();
  /** Status and body of what POST /join answers instead of admitting. */
  joinFailure: { status: number; body: object; retryAfter?: string } | null = null;

  constructor() {
    this.network.serve(ROOM_URL, this.room);
    this.network.serve(NODE_URL, this.node);
    this.network.serve(OTHER_NODE_URL, this.otherNode);
  }

  async join(options: Partial<JoinOptions> = {}): Promise<Meeting> {
    const joining = Meeting.join(
      { origin: 'http://room.test', meeting: '123-4567-8901', displayName: 'Ada', ...options },
      this.environment,
    );
    joining.catch(() => {});
    await this.pass(200);
    return joining;
  }

  /** Lets time go by. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  wakeUp(why: WakeReason = 'network'): void {
    for (const listener of this.#wakeListeners) listener(why);
  }

  readonly environment: Environment = {
    openSocket: this.network.open,
    fetch: async (input, init) => {
      const url = String(input);
      if (url.endsWith('/leave')) {
        this.left.push(url);
        if (this.left.length <= this.brokenLeaves) throw new TypeError('fetch failed');
        return Response.json({});
      }
      if (this.brokenJoins > 0) {
        this.brokenJoins -= 1;
        throw new TypeError('fetch failed');
      }
      const failure = this.joinFailure;
      if (failure) {
        return Response.json(failure.body, {
          status: failure.status,
          headers: failure.retryAfter === undefined ? {} : { 'retry-after': failure.retryAfter },
        });
      }
      const { display_name } = JSON.parse(String(init?.body));
      return Response.json(this.room.admit(display_name));
    },
    loadDevice: async (floorKbps) => {
      this.floors.push(floorKbps);
      const device = new Device({ handlerFactory: FakeHandler.createFactory(testFakeParameters) });
      await device.load({ routerRtpCapabilities: ROUTER_RTP_CAPABILITIES });
      device.observer.on('newtransport', (transport) => {
        transport.observer.on('newdataproducer', (producer) => this.dataProducers.push(producer));
        transport.observer.on('newdataconsumer', (consumer) => {
          const list = consumer.label === 'warm' ? this.warmedBy : this.dataConsumers;
          list.push(consumer);
        });
        const { handler } = transport;
        if (!(handler instanceof FakeHandler)) return;
        this.handlers.push(handler);
        transport.on('connect', () => {
          handler.setConnectionState('connecting');
          setTimeout(() => {
            if (!transport.closed) handler.setConnectionState('connected');
          }, 20);
        });
      });
      return device;
    },
    wake: {
      subscribe: (listener) => {
        this.#wakeListeners.add(listener);
        return () => this.#wakeListeners.delete(listener);
      },
    },
    random: () => 0.5,
  };
}
