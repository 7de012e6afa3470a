import { CONFIG } from '../config.ts';

/**
 * Seconds until a message is delivered again after its `attempts`-th try: doubling, and spread by up to half,
 * so that what failed together does not come back together.
 */
export function retryDelaySeconds(attempts: number, random: () => number): number {
  const { retryBaseSeconds, retryMaxSeconds } = CONFIG.queue;
  const longest = Math.min(retryMaxSeconds, retryBaseSeconds * 2 ** Math.max(0, attempts - 1));
  return Math.ceil(longest * (1 - random() / 2));
}
