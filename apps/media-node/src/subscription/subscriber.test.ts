import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { streamId } from '@meridian/protocol';
import type { Consumer, Producer, WebRtcTransport } from 'mediasoup/types';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { STANDBY } from '../config.ts';
import type { LocalPublication } from '../sfu/local-publication.ts';
import type { MeetingRouter } from '../sfu/meeting-router.ts';
import { PreparedStreams } from '../sfu/prepared-streams.ts';
import { type Lease, Publication, type StreamInfo } from '../sfu/publication.ts';
import { StreamDirectory } from '../sfu/stream-directory.ts';
import type { NodeToClientBody } from '../sfu/wire.ts';
import { MeetingSpeakers } from '../speakers/meeting-speakers.ts';
import { Subscriber } from './subscriber.ts';

const SPEAKER = randomUUID();

/** As much of a consumer as a reception looks at. */
class FakeConsumer extends EventEmitter {
  readonly id = randomUUID();
  readonly kind = 'audio';
  readonly type = 'simple';
  readonly rtpParameters = {
    mid: '0',
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
    headerExtensions: [],
    encodings: [{ ssrc: 1 }],
    rtcp: { cname: 'c' },
  };
  readonly observer = new EventEmitter();
  readonly producerId: string;
  closed = false;
  paused = true;

  constructor(producerId: string) {
    super();
    this.producerId = producerId;
  }

  async enableTraceEvent(): Promise<void> {}
  async pause(): Promise<void> {
    this.paused = true;
  }
  async resume(): Promise<void> {
    this.paused = false;
  }
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.observer.emit('close');
  }
}

/** A voice whose packets can be had from when the test says. */
class FakePublication extends Publication {
  readonly isLocal = true;
  readonly edition = 0;
  readonly closed = false;
  readonly stream: StreamInfo;
  readonly #lease = Promise.withResolvers<Lease>();
  #announced: boolean;

  constructor(generation: number, announced = true) {
    super();
    this.#announced = announced;
    this.stream = {
      stream_id: streamId(SPEAKER, 'microphone'),
      generation,
      participant_id: SPEAKER,
      source: 'microphone',
      codec: 'audio/opus',
      layers: [],
      paused: false,
    };
  }

  override get announced(): boolean {
    return this.#announced;
  }

  announce(): void {
    this.#announced = true;
    this.emit('announced');
  }

  acquire(): Promise<Lease> {
    return this.#lease.promise;
  }

  arrive(): void {
    this.#lease.resolve({
      // Only what is set here is looked at.
      producer: { id: `producer ${this.stream.generation}` } as Producer,
      router: {} as MeetingRouter,
      single: null,
      start: () => {},
      release: () => {},
    });
  }
}

function scene({ standby = false } = {}) {
  const prepared = new PreparedStreams();
  const streams = new StreamDirectory();
  const logger = pino({ level: 'silent' });
  const told: NodeToClientBody[] = [];
  const transport = {
    observer: new EventEmitter(),
    dtlsState: 'connected',
    consume: async ({ producerId }: { producerId: string }) =>
      new FakeConsumer(producerId) as unknown as Consumer,
  };
  const router = { acquire: (publication: Publication) => publication.acquire(), canConsume: () => true };
  const subscriber = new Subscriber({
    streams,
    prepared,
    lostTogether: () => false,
    speakers: new MeetingSpeakers({ self: 'node', streams: new StreamDirectory(), logger }),
    receiver: {
      router: router as unknown as MeetingRouter,
      transport: transport as unknown as WebRtcTransport,
      capabilities: {},
      standby,
      gathering: false,
    },
    participantId: randomUUID(),
    send: (body) => told.push(body),
    logger,
  });
  const consumers = () => told.filter((body) => body.type === 'consumer');
  return { streams, prepared, subscriber, told, consumers };
}

describe('a stream that moves here while it is being fetched from elsewhere', () => {
  test('is not told of in the older generation after the newer one', async () => {
    const { streams, subscriber, consumers } = scene();
    const fetched = new FakePublication(1);
    streams.add(fetched);
    await vi.waitFor(() => expect(subscriber.consumerCount).toBe(1));
    const moved = new FakePublication(2);
    streams.add(moved);
    await vi.waitFor(() => expect(subscriber.consumerCount).toBe(2));
    moved.arrive();
    await vi.waitFor(() => expect(consumers()).toHaveLength(1));
    fetched.arrive();
    await vi.waitFor(() => expect(subscriber.consumerCount).toBe(1));
    expect(consumers().map(({ generation }) => generation)).toEqual([2]);
    subscriber.close();
  });

  test('is told of in both, one as the successor of the other, when they come in order', async () => {
    const { streams, subscriber, consumers } = scene();
    const fetched = new FakePublication(1);
    streams.add(fetched);
    fetched.arrive();
    await vi.waitFor(() => expect(consumers()).toHaveLength(1));
    const moved = new FakePublication(2);
    streams.add(moved);
    moved.arrive();
    await vi.waitFor(() => expect(consumers()).toHaveLength(2));
    expect(consumers()[1]).toMatchObject({ generation: 2, replaces: consumers()[0]?.consumer_id });
    subscriber.close();
  });
});

describe('what somebody has prepared here', () => {
  test('is forgotten when they do not come and their stream is fetched, and received anew when they do', async () => {
    const { streams, prepared, subscriber, told, consumers } = scene({ standby: true });
    subscriber.subscribe(0, []);
    const early = new FakePublication(2, false);
    early.arrive();
    // Only what Publication has is looked at.
    prepared.add(early as unknown as LocalPublication);
    await vi.waitFor(() => expect(consumers()).toHaveLength(1));
    const elsewhere = new FakePublication(1);
    elsewhere.arrive();
    streams.add(elsewhere);
    subscriber.activate(Promise.resolve());
    await vi.waitFor(() => expect(consumers()).toHaveLength(2), { timeout: 3 * STANDBY.patience });
    expect(told.filter(({ type }) => type === 'consumer_closed')).toMatchObject([
      { consumer_id: consumers()[0]?.consumer_id },
    ]);
    early.announce();
    streams.add(early);
    await vi.waitFor(() => expect(consumers()).toHaveLength(3));
    expect(consumers().map(({ generation }) => generation)).toEqual([2, 1, 2]);
    expect(consumers()[2]?.replaces).toBe(consumers()[1]?.consumer_id);
    subscriber.close();
  });
});
