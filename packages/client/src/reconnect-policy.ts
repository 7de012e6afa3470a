import { RECONNECT } from './config.ts';
import type { ReconnectPolicy } from './types.ts';

/**
 * The first try at once, since most breaks are over when they are noticed. Then exponential with full jitter:
 * when a server restarts, its clients come back spread out.
 */
export const defaultReconnectPolicy: ReconnectPolicy = (attempt, random) => {
  if (attempt <= 0) return 0;
  // The exponent is bounded because 2^1024 is not a number any more.
  const ceiling = Math.min(RECONNECT.capMs, RECONNECT.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * ceiling);
};
