import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullBucket, take } from './token-bucket.ts';

const rate = { burst: 20, perSecond: 5 };

it('lets a burst through, then the rate, and says when to come again', () => {
  let bucket = fullBucket(rate, 0);
  for (let i = 0; i < 20; i += 1) {
    const taken = take(bucket, rate, 0);
    expect(taken.allowed).toBe(true);
    bucket = taken.bucket;
  }
  const refused = take(bucket, rate, 0);
  expect(refused).toMatchObject({ allowed: false, retryAfterMs: 200 });
  expect(take(refused.bucket, rate, 199).allowed).toBe(false);
  expect(take(refused.bucket, rate, 200).allowed).toBe(true);
});

it('never lets more through than burst plus rate, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2_000, max: 2_000 })), (steps) => {
      let bucket = fullBucket(rate, 0);
      let now = 0;
      let forward = 0;
      let allowed = 0;
      for (const step of steps) {
        now += step;
        forward += Math.max(0, step);
        const taken = take(bucket, rate, now);
        bucket = taken.bucket;
        if (taken.allowed) allowed += 1;
      }
      expect(allowed).toBeLessThanOrEqual(rate.burst + (forward / 1_000) * rate.perSecond + 1e-6);
    }),
  );
});
