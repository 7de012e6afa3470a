/** A token bucket: refills at a steady rate up to a burst, each request takes one. Immutable. */
export type Bucket = { tokens: number; at: number };
export type Rate = { burst: number; perSecond: number };

export function fullBucket(rate: Rate, now: number): Bucket {
  return { tokens: rate.burst, at: now };
}

export type Taken =
  | { allowed: true; bucket: Bucket }
  | { allowed: false; bucket: Bucket; retryAfterMs: number };

export function take(bucket: Bucket, rate: Rate, now: number): Taken {
  // A clock that was set back must not drain the bucket.
  const elapsed = Math.max(0, now - bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (elapsed / 1_000) * rate.perSecond);
  if (tokens >= 1) return { allowed: true, bucket: { tokens: tokens - 1, at: now } };
  return {
    allowed: false,
    bucket: { tokens, at: now },
    retryAfterMs: Math.ceil(((1 - tokens) / rate.perSecond) * 1_000),
  };
}
