import type { Consumer } from 'mediasoup-client/types';
import { SETTLING } from './config.ts';

/** Where tracks come from: browsers do not say. */
const receivers = new WeakMap<MediaStreamTrack, RTCRtpReceiver>();

/** To be called for each consumer whose track may be shown. */
export function noteReceiver({ track, rtpReceiver }: Consumer): void {
  if (rtpReceiver) receivers.set(track, rtpReceiver);
}

/**
 * Resolves when `shown` has stopped or, while it goes on, when `successor`, of which something has just been played, has
 * had `limitMs` to settle and goes on as well: what has begun may stop again, since its sender or the way has less
 * bandwidth than was thought. That is not waited for much longer. `over`: nobody waits any more.
 */
export function settled(
  shown: MediaStreamTrack,
  successor: MediaStreamTrack,
  limitMs: number,
  over: () => boolean,
): Promise<void> {
  const start = performance.now();
  // Sources are told by a clock that is not the page's in every browser: Safari counts from another moment.
  const ahead = lagOf(successor);
  const flows = (track: MediaStreamTrack) =>
    track.readyState === 'live' && lagOf(track) - ahead < SETTLING.stillMs;
  return new Promise((resolve) => {
    const look = () => {
      const waited = performance.now() - start;
      const settled = waited >= limitMs && (flows(successor) || waited >= limitMs + SETTLING.stalledMs);
      if (over() || !flows(shown) || settled) resolve();
      else setTimeout(look, SETTLING.pollMs);
    };
    look();
  });
}

/** From the last frame or sound of it that was played (WebRTC 1.0, RTCRtpContributingSource) to now, milliseconds. */
function lagOf(track: MediaStreamTrack): number {
  const [source] = receivers.get(track)?.getSynchronizationSources() ?? [];
  return source ? performance.timeOrigin + performance.now() - source.timestamp : Number.POSITIVE_INFINITY;
}
