import { MeridianError } from '@meridian/protocol';

/**
 * The promise, or a `timeout` after `ms`. The work itself goes on: whoever must undo it when it comes through
 * late keeps the promise.
 */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new MeridianError('timeout', `${what} did not answer in time`, { retryAfterMs: ms })),
      ms,
    );
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
