import { randomUUID } from 'node:crypto';
import { producerId, streamId } from '@meridian/protocol';
import fc from 'fast-check';
import type { DirectTransport } from 'mediasoup/types';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, parseConfig } from '../env.ts';
import { environmentOf } from '../testing/fleet.ts';
import { until } from '../testing/until.ts';
import { DtlsCertificate } from './certificate.ts';
import { LocalPublication } from './local-publication.ts';
import { MeetingRouters, type RouterHold } from './meeting-routers.ts';
import type { Lease } from './publication.ts';
import { WorkerPool } from './worker-pool.ts';

const PORT = 24_600;

let certificate: DtlsCertificate;
let pool: WorkerPool;
let routers: MeetingRouters;
let home: RouterHold;
let away: RouterHold;
let transport: DirectTransport;
beforeEach(async () => {
  // So small workers that two participants are never on the same.
  const config: Config = parseConfig({
    ...environmentOf('node-a', 'http://127.0.0.1:9', PORT),
    WORKERS: '2',
    WORKER_STREAMS: '1',
  });
  certificate = new DtlsCertificate('node-a');
  pool = await WorkerPool.create(config, certificate, pino({ level: 'silent' }));
  routers = new MeetingRouters(config, pool);
  home = await routers.forParticipant();
  away = await routers.forParticipant();
  transport = await home.router.router.createDirectTransport();
});
afterEach(async () => {
  routers.close();
  await pool.close();
});

let ssrc = 1;

async function publish(): Promise<LocalPublication> {
  const participant = randomUUID();
  const stream_id = streamId(participant, 'microphone');
  const producer = await transport.produce({
    id: producerId(stream_id, 1),
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48000, channels: 2 }],
      encodings: [{ ssrc: ssrc++ }],
    },
  });
  return new LocalPublication(
    { producer, router: home.router, single: null },
    {
      stream_id,
      generation: 1,
      participant_id: participant,
      source: 'microphone',
      codec: 'audio/opus',
      layers: [],
      paused: false,
    },
    { pausedByOwner: false, hardMuted: false, announced: true, watched: null, everybodyHere: () => true },
  );
}

const pipes = () =>
  pool.workers.map(({ counts }) => counts.transports.get('pipe') ?? 0).reduce((sum, count) => sum + count, 0);
const nothingPiped = () =>
  pipes() === 0 &&
  routers.pipes.size === 0 &&
  away.router.worker.counts.streams === 0 &&
  home.router.worker.counts.consumers.audio === 0;

describe('a stream at another worker', () => {
  test('is brought once, however many ask at once, under its own id', async () => {
    const publication = await publish();
    const leases = await Promise.all(Array.from({ length: 20 }, () => away.router.acquire(publication)));
    expect(new Set(leases.map(({ producer }) => producer)).size).toBe(1);
    expect(leases[0]?.producer.id).toBe(publication.producer.id);
    expect(leases[0]?.router).toBe(away.router);
    expect(pipes()).toBe(2);
    expect(away.router.worker.counts.producers.audio).toBe(1);
    for (const lease of leases) lease.release();
    await until('the pipe to be let go', nothingPiped);
    expect(publication.closed).toBe(false);
  });

  test('at its own worker is what it is', async () => {
    const publication = await publish();
    const lease = await home.router.acquire(publication);
    expect(lease.producer).toBe(publication.producer);
    lease.release();
    expect(nothingPiped()).toBe(true);
  });

  test('that ends while it is being brought leaves nothing', async () => {
    const publication = await publish();
    const asked = away.router.acquire(publication);
    publication.close();
    await expect(asked).rejects.toThrow();
    await until('nothing', nothingPiped);
  });

  test('is paused as its origin is, whatever happened on the way', async () => {
    const publication = await publish();
    const asked = away.router.acquire(publication);
    await publication.setPausedByOwner(true);
    const { producer } = await asked;
    await until('the pause', () => producer.paused);
    await publication.setPausedByOwner(false);
    await until('the resume', () => !producer.paused);
    await publication.setHardMuted(true);
    await until('the mute', () => producer.paused);
  });

  test('goes with its router', async () => {
    const publication = await publish();
    const { producer } = await away.router.acquire(publication);
    away.release();
    await until('the end', () => producer.closed && nothingPiped());
    expect(publication.listenerCount('closed') + publication.listenerCount('updated')).toBe(0);
    expect(routers.workers).toEqual([home.router.worker]);
  });

  test('cannot be had when the worker dies meanwhile, and the pipe is gone', async () => {
    const publication = await publish();
    await (await away.router.acquire(publication)).producer.getStats();
    const other = await publish();
    const doomed = away.router.worker;
    process.kill(doomed.pid, 'SIGKILL');
    await expect(away.router.acquire(other).then(({ producer }) => producer.getStats())).rejects.toThrow();
    await until('the other half to be closed', () => pipes() === 0 && routers.pipes.size === 0);
    expect(publication.closed).toBe(false);
    await until('the replacement', () => pool.complete);
    const again = await routers.forParticipant();
    expect(again.router.worker).not.toBe(doomed);
    const lease = await again.router.acquire(publication);
    expect(lease.producer.closed).toBe(false);
  });
});

test('whatever people do at the same time, in the end nothing is left', { timeout: 60_000 }, async () => {
  const step = fc.record({
    stream: fc.nat(3),
    what: fc.constantFrom('acquire', 'acquire', 'release', 'pause', 'resume', 'close'),
    wait: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const publications = await Promise.all(Array.from({ length: 4 }, publish));
      const held: Promise<Lease | null>[] = [];
      const pauses: Promise<void>[] = [];
      for (const { stream, what, wait } of steps) {
        const publication = publications[stream];
        if (publication === undefined) continue;
        if (what === 'acquire') held.push(away.router.acquire(publication).catch(() => null));
        else if (what === 'release') void held.shift()?.then((lease) => lease?.release());
        else if (what === 'close') publication.close();
        // Of a stream that is closed meanwhile nobody has to know any more.
        else pauses.push(publication.setPausedByOwner(what === 'pause').catch(() => {}));
        if (wait) await new Promise((resolve) => setImmediate(resolve));
      }
      for (const lease of await Promise.all(held)) {
        if (lease !== null && !lease.producer.closed) expect(lease.router).toBe(away.router);
        lease?.release();
      }
      for (const publication of publications) publication.close();
      await Promise.all(pauses);
      await until('nothing', nothingPiped);
    }),
    { numRuns: 30 },
  );
});
