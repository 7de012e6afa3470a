import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backoff } from './backoff.ts';
import { withDeadline } from './deadline.ts';
import { TokenBucket } from './token-bucket.ts';

describe('backoff', () => {
  test('stays between its bounds for any attempt', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delay = backoff(attempt, 100, 5_000, () => random);
        return delay >= 100 && delay <= 5_000;
      }),
    );
  });

  test('spreads wider with each attempt, up to the bound', () => {
    const widest = (attempt: number) => backoff(attempt, 100, 5_000, () => 1);
    expect([0, 1, 2, 5, 6, 100].map(widest)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  });
});

test('a token bucket lets a burst pass, and its rate from then on', () => {
  let now = 0;
  const bucket = new TokenBucket(3, 2, () => now);
  const taken = () => Array.from({ length: 5 }, () => bucket.take()).filter(Boolean).length;
  expect(taken()).toBe(3);
  now += 1_000;
  expect(taken()).toBe(2);
  now += 60_000;
  expect(taken()).toBe(3);
});

describe('withDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('passes on what comes in time', async () => {
    await expect(withDeadline(Promise.resolve(1), 100, 'it')).resolves.toBe(1);
    await expect(withDeadline(Promise.reject(new Error('no')), 100, 'it')).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives up, and hands over what comes too late', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = vi.fn();
    const result = withDeadline(promise, 100, 'the worker', late);
    const refused = expect(result).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(100);
    await refused;
    resolve('transport');
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toHaveBeenCalledExactlyOnceWith('transport');
  });
});
