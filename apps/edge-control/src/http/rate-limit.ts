import { MeridianError } from '@meridian/protocol';
import { createMiddleware } from 'hono/factory';
import { CONFIG } from '../config.ts';
import { callerAddress } from './address.ts';
import { callerKey } from './caller.ts';
import type { AppEnv } from './context.ts';

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

/**
 * Requests of one caller. People join before anybody knows who they are, a whole school behind one address: joins
 * count apart from what else is written.
 */
export const rateLimited = createMiddleware<AppEnv>(async (c, next) => {
  const { JOIN_LIMIT, READ_LIMIT, WRITE_LIMIT } = c.env;
  const { method, path } = c.req;
  if (method === 'GET' || method === 'HEAD') await limited(READ_LIMIT, callerKey(c));
  else if (path.endsWith('/join')) await limited(JOIN_LIMIT, callerAddress(c));
  else await limited(WRITE_LIMIT, callerKey(c));
  await next();
});
