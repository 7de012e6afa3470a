import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PROBE } from './config.ts';
import { measureRoundTrips } from './round-trips.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount(), 'timers left behind').toBe(0);
  vi.useRealTimers();
});

const ORIGIN = 'https://meridian.test';
const probeUrl = (region: string) => `https://${region}.test/healthz`;

/**
 * A control plane that names these regions, and their nodes, which answer one request after another as late as it says,
 * milliseconds; null: not at all, as the connection is refused; `odd`: with another status at once. Never, once there is
 * nothing left.
 */
function world(nodes: Record<string, (number | null | 'odd')[]>) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const send: typeof fetch = async (input, init) => {
    const url = String(input);
    asked.push({ url, init });
    const signal = init?.signal;
    if (url === `${ORIGIN}/api/v1/regions`) {
      return Response.json({
        regions: Object.keys(nodes).map((region) => ({ region, probe_url: probeUrl(region) })),
      });
    }
    const [, answers = []] = Object.entries(nodes).find(([region]) => probeUrl(region) === url) ?? [];
    const ms = answers.shift();
    if (ms === null) throw new TypeError('connection refused');
    if (ms === 'odd') return new Response('', { status: 502 });
    await new Promise((resolve, reject) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
    return Response.json({});
  };
  return { asked, send };
}

/** The outcome, and after how many milliseconds. */
async function measured(send: typeof fetch, signal?: AbortSignal) {
  const startedAt = performance.now();
  const measuring = measureRoundTrips({ origin: ORIGIN, fetch: send, ...(signal ? { signal } : {}) }).then(
    (roundTrips) => ({ roundTrips, ms: performance.now() - startedAt }),
  );
  await vi.advanceTimersByTimeAsync(PROBE.wholeMs);
  return measuring;
}

describe('round trips', () => {
  it('are the least of three, on a connection that is open, to all regions at once', async () => {
    const { asked, send } = world({ 'eu-west': [90, 31, 30.4, 45], 'us-east': [400, 101, 102, 103] });
    expect(await measured(send)).toEqual({ roundTrips: { 'eu-west': 30, 'us-east': 101 }, ms: 706 });
    expect(asked.filter(({ url }) => url === probeUrl('eu-west'))).toHaveLength(4);
    expect(asked.at(-1)?.init).toMatchObject({
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  });

  it('are those that could be measured', async () => {
    const { send } = world({
      refused: [null],
      odd: ['odd'],
      silent: [],
      broken: [50, 20, null],
      well: [50, 21, 20, 22],
    });
    expect(await measured(send)).toEqual({
      roundTrips: { broken: 20, well: 20 },
      ms: PROBE.requestMs,
    });
  });

  it('are told as soon as they are known', async () => {
    const { send } = world({ silent: [], near: [50, 20, 20, 20], far: [200, 90, 90, 90] });
    const told: unknown[] = [];
    const measuring = measureRoundTrips({ origin: ORIGIN, fetch: send }, (soFar) => told.push(soFar));
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual([{ near: 20 }, { near: 20, far: 90 }]);
    await vi.advanceTimersByTimeAsync(PROBE.wholeMs);
    expect(await measuring).toEqual({ near: 20, far: 90 });
  });

  it('are what there is when the time is over', async () => {
    const slow = PROBE.requestMs - 200;
    const { send } = world({ slow: [slow, slow, slow, slow], slower: [slow + 100, slow + 300] });
    expect(await measured(send)).toEqual({ roundTrips: { slow }, ms: PROBE.wholeMs });
  });

  it('are none when nobody says where to measure, and nobody waits for long', async () => {
    const refusing: typeof fetch = async () => new Response('', { status: 503 });
    expect(await measured(refusing)).toEqual({ roundTrips: {}, ms: 0 });
    const silent: typeof fetch = (_input, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    expect(await measured(silent)).toEqual({ roundTrips: {}, ms: PROBE.wholeMs });
  });

  it('are not measured any further when nobody wants them any more', async () => {
    const controller = new AbortController();
    const { asked, send } = world({ near: [100, 100, 100, 100] });
    setTimeout(() => controller.abort(), 250);
    expect(await measured(send, controller.signal)).toEqual({ roundTrips: { near: 100 }, ms: 250 });
    expect(asked).toHaveLength(4);
  });
});
