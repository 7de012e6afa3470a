import type { Consumer } from 'mediasoup-client/types';
import { FIRST_FRAME } from './config.ts';

/**
 * Resolves true with the first decoded frame of a video, false when none came in time or the consumer was closed.
 * Asks the receiver for its sources: they appear with the first frame that is handed to the track, cost nothing
 * to read, and need neither a video element nor a visible page.
 */
export function firstFrame(consumer: Consumer, limitMs = FIRST_FRAME.limitMs): Promise<boolean> {
  const receiver = consumer.rtpReceiver;
  if (!receiver) return Promise.resolve(false);
  return new Promise((resolve) => {
    const giveUpAt = performance.now() + limitMs;
    const timer = setInterval(() => {
      const arrived = !consumer.closed && receiver.getSynchronizationSources().length > 0;
      if (!arrived && !consumer.closed && performance.now() < giveUpAt) return;
      clearInterval(timer);
      resolve(arrived);
    }, FIRST_FRAME.pollMs);
  });
}
