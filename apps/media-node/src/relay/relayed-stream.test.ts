import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { streamId } from '@meridian/protocol';
import type { Producer } from 'mediasoup/types';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RELAY } from '../config.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import type { Lease, StreamInfo } from '../sfu/publication.ts';
import { type FeedOrder, type Offer, RelayedStream } from './relayed-stream.ts';

/** As much of a producer as a relayed stream looks at. */
class FakeProducer extends EventEmitter {
  readonly kind = 'video';
  readonly observer = new EventEmitter();
  closed = false;
  paused = false;

  async enableTraceEvent(): Promise<void> {}
  async pause(): Promise<void> {}
  async resume(): Promise<void> {}

  /** What makes a feed worth having. */
  keyFrame(): void {
    this.emit('trace', { type: 'keyframe' });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.observer.emit('close');
  }
}

/** A neighbour that offers the stream, and what it is asked for. */
class Neighbour {
  readonly orders: FeedOrder[] = [];
  readonly dropped: number[] = [];
  readonly wishes: string[] = [];
  readonly producers: FakeProducer[] = [];
  readonly offer: Offer;
  started = 0;
  /** When it answers. */
  answers: Promise<void> = Promise.resolve();

  constructor(from: string, path: string[] = ['origin', from]) {
    this.offer = {
      from,
      route: { origin: 'origin', path },
      state: { layers: STREAM.layers, paused: false, flowing: Number.POSITIVE_INFINITY, score: null },
      supply: {
        pull: async (_stream, order) => {
          this.orders.push(order);
          await this.answers;
          const producer = new FakeProducer();
          this.producers.push(producer);
          const start = () => {
            this.started += 1;
          };
          // Only what is set above is looked at.
          return {
            producer: producer as unknown as Producer,
            router: {} as MeetingRouter,
            single: null,
            start,
          };
        },
        drop: (_stream, feed) => this.dropped.push(feed),
        wish: (_stream, layers) => this.wishes.push(layers.join()),
      },
    };
  }
}

const participant = randomUUID();
const STREAM: StreamInfo = {
  stream_id: streamId(participant, 'camera'),
  generation: 1,
  participant_id: participant,
  source: 'camera',
  codec: 'video/VP8',
  layers: [
    { w: 320, h: 180, bps: 1 },
    { w: 640, h: 360, bps: 1 },
  ],
  paused: false,
};

let parent = 'hub';
let feeds = 0;
const streamFrom = (neighbour: Neighbour) =>
  new RelayedStream(STREAM, neighbour.offer, {
    parent: () => parent,
    nextFeed: () => ++feeds,
    logger: pino({ level: 'silent' }),
  });
/** Lets what is under way get as far as it can without time. */
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  parent = 'hub';
  feeds = 0;
});
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left behind').toBe(0);
  vi.useRealTimers();
});

/** Somebody who watches these layers and can take packets. */
async function watch(stream: RelayedStream, layers: number[]): Promise<{ lease: Lease; leave: () => void }> {
  const viewer = {};
  stream.demand.set(viewer, layers);
  const lease = await stream.acquire();
  lease.start();
  return {
    lease,
    leave: () => {
      stream.demand.set(viewer, []);
      lease.release();
    },
  };
}

describe('a relayed stream', () => {
  test('is pulled once for all, as they wish it, and let go after a while without them', async () => {
    const hub = new Neighbour('hub');
    const stream = streamFrom(hub);
    expect(stream.pulled).toBe(false);
    const [one, other] = await Promise.all([watch(stream, [0]), watch(stream, [0])]);
    expect(hub.orders).toEqual([{ feed: 1, carriage: 'thin', layers: [0] }]);
    one.leave();
    other.leave();
    await vi.advanceTimersByTimeAsync(RELAY.demandLinger - 1);
    expect(hub.dropped).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([hub.dropped, stream.pulled, hub.wishes]).toEqual([[1], false, ['']]);
  });

  test('comes another way when that flows, and the former goes with its last user', async () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf')];
    const stream = streamFrom(hub);
    const retapped = vi.fn();
    stream.on('retapped', retapped);
    const { lease, leave } = await watch(stream, [0]);
    stream.offer(leaf.offer);
    expect(leaf.orders).toEqual([]);
    parent = 'leaf';
    stream.reconsider();
    await settle();
    expect([leaf.orders.length, leaf.started, stream.edition]).toEqual([1, 1, 0]);
    leaf.producers[0]?.keyFrame();
    await settle();
    expect([stream.edition, retapped.mock.calls.length, stream.feed?.from]).toEqual([1, 1, 'leaf']);
    expect((await stream.acquire()).producer).toBe(leaf.producers[0]);
    expect([hub.dropped, lease.producer.closed]).toEqual([[], false]);
    leave();
    await vi.advanceTimersByTimeAsync(10);
    expect(hub.dropped).toEqual([1]);
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('that was asked of a neighbour who is dead comes another way as soon as there is one', async () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf')];
    const answer = Promise.withResolvers<void>();
    hub.answers = answer.promise;
    const stream = streamFrom(hub);
    const acquired = vi.fn();
    void watch(stream, [0]).then(({ lease }) => acquired(lease.producer));
    await settle();
    expect([hub.orders.length, acquired.mock.calls]).toEqual([1, []]);
    parent = 'leaf';
    stream.offer(leaf.offer);
    await settle();
    expect(acquired.mock.calls).toEqual([[leaf.producers[0]]]);
    // It was only frozen, and nobody wants it any more.
    answer.resolve();
    await vi.advanceTimersByTimeAsync(RELAY.switchHold);
    expect([hub.dropped, hub.producers[0]?.closed, leaf.dropped]).toEqual([[1], true, []]);
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('stays where it is while the other way brings nothing', async () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf')];
    const stream = streamFrom(hub);
    await watch(stream, [0]);
    parent = 'leaf';
    stream.offer(leaf.offer);
    await vi.advanceTimersByTimeAsync(RELAY.switchTimeout + 10);
    expect([stream.edition, stream.feed?.from, leaf.dropped]).toEqual([0, 'hub', [2]]);
    await vi.advanceTimersByTimeAsync(RELAY.switchRetry);
    expect(leaf.orders).toHaveLength(2);
    leaf.producers[1]?.keyFrame();
    await settle();
    expect(stream.feed?.from).toBe('leaf');
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('gives another way up that is not wanted any more before it flows', async () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf')];
    const stream = streamFrom(hub);
    await watch(stream, [0]);
    stream.offer(leaf.offer);
    parent = 'leaf';
    stream.reconsider();
    await settle();
    parent = 'hub';
    stream.reconsider();
    leaf.producers[0]?.keyFrame();
    await vi.advanceTimersByTimeAsync(10);
    expect([stream.edition, stream.feed?.from, leaf.dropped]).toEqual([0, 'hub', [2]]);
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('is asked for anew when its neighbour says that a feed is over', async () => {
    const hub = new Neighbour('hub');
    const stream = streamFrom(hub);
    await watch(stream, [1]);
    stream.feedOver(1);
    await settle();
    expect(hub.orders.map(({ feed }) => feed)).toEqual([1, 2]);
    hub.producers[1]?.keyFrame();
    await settle();
    expect(stream.edition).toBe(1);
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('goes to full for wishes that differ, and tells its neighbour of each', async () => {
    const hub = new Neighbour('hub');
    const stream = streamFrom(hub);
    await watch(stream, [0]);
    const { leave } = await watch(stream, [1]);
    expect(hub.wishes).toEqual(['0,1']);
    await vi.advanceTimersByTimeAsync(RELAY.toFullAfter);
    expect(hub.orders.at(-1)).toEqual({ feed: 2, carriage: 'full', layers: [0, 1] });
    leave();
    stream.close();
    await vi.runAllTimersAsync();
  });

  test('is there as long as somebody offers it, and its way is that of the topology', () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf', ['origin', 'x', 'leaf'])];
    const stream = streamFrom(leaf);
    const rerouted = vi.fn();
    stream.on('rerouted', rerouted);
    expect(stream.route.path).toEqual(['origin', 'x', 'leaf']);
    stream.offer(hub.offer);
    expect([rerouted.mock.calls.length, stream.route.path]).toEqual([1, ['origin', 'hub']]);
    stream.withdraw('hub');
    expect(stream.closed).toBe(false);
    stream.withdraw('leaf');
    expect(stream.closed).toBe(true);
  });

  test('is what it is where it should come from, whatever others say of it', () => {
    const [hub, leaf] = [new Neighbour('hub'), new Neighbour('leaf')];
    const stream = streamFrom(hub);
    const told = vi.fn();
    stream.on('updated', told);
    const scored = vi.fn();
    stream.on('scored', () => scored(stream.score));
    const muted = { ...hub.offer.state, paused: true };
    stream.offer({ ...leaf.offer, state: muted });
    stream.update('leaf', { ...muted, flowing: 1, score: 4 });
    stream.update('stranger', muted);
    expect([stream.stream.paused, stream.flowing, told.mock.calls.length]).toEqual([
      false,
      Number.POSITIVE_INFINITY,
      0,
    ]);
    parent = 'leaf';
    stream.reconsider();
    expect([stream.stream.paused, stream.flowing, told.mock.calls.length]).toEqual([true, 1, 1]);
    stream.withdraw('leaf');
    expect([stream.stream.paused, told.mock.calls.length]).toEqual([false, 2]);
    expect(scored.mock.calls).toEqual([[4], [null]]);
    stream.update('hub', muted);
    expect([stream.stream.paused, told.mock.calls.length]).toEqual([true, 3]);
    stream.close();
  });

  test('does not go back and forth between two nodes that offer it to each other', async () => {
    const way = { hub: new Neighbour('hub'), other: new Neighbour('other') };
    const nodes = [streamFrom(way.hub), streamFrom(way.hub)];
    let messages = 0;
    for (const [index, node] of nodes.entries()) {
      const other = nodes[1 - index];
      other?.offer(way.other.offer);
      node.on('updated', () => {
        messages += 1;
        const state = { ...way.other.offer.state, paused: node.stream.paused };
        setTimeout(() => other?.update('other', state), 1);
      });
    }
    const muted = { ...way.hub.offer.state, paused: true };
    nodes[0]?.update('hub', muted);
    await vi.advanceTimersByTimeAsync(0);
    nodes[1]?.update('hub', muted);
    for (const node of nodes) node.update('hub', way.hub.offer.state);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nodes.map((node) => node.stream.paused)).toEqual([false, false]);
    expect(messages).toBe(4);
    for (const node of nodes) node.close();
  });
});
