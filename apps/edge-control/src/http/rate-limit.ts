import { MeridianError } from '@meridian/protocol';
import { CONFIG } from '../config.ts';

export function tooMany(): MeridianError {
  return new MeridianError('rate_limited', 'too many requests', {
    retryAfterMs: CONFIG.http.rateLimitPeriodMs,
  });
}

/** Counts the request and throws `rate_limited` when it is one too many. */
export async function limited(limit: RateLimit, key: string): Promise<void> {
  const { success } = await limit.limit({ key });
  if (!success) throw tooMany();
}
