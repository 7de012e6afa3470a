import type { Consumer } from 'mediasoup-client/types';
import { SETTLING } from './config.ts';

/** Where tracks come from: browsers do not say. */
const receivers = new WeakMap<MediaStreamTrack, RTCRtpReceiver>();

/** To be called for each consumer whose track may be shown. */
export function noteReceiver({ track, rtpReceiver }: Consumer): void {
  if (rtpReceiver) receivers.set(track, rtpReceiver);
}

/**
 * Resolves when `shown` has stopped or, while it goes on, when its successor has had `limitMs` to settle. `over`: nobody
 * waits any more.
 */
export function settled(shown: MediaStreamTrack, limitMs: number, over: () => boolean): Promise<void> {
  const end = performance.now() + limitMs;
  return new Promise((resolve) => {
    const look = () => {
      if (over() || !isFlowing(shown) || performance.now() >= end) resolve();
      else setTimeout(look, SETTLING.pollMs);
    };
    look();
  });
}

/** Whether frames or sounds of it are played: sources say when they last were (WebRTC 1.0, RTCRtpContributingSource). */
function isFlowing(track: MediaStreamTrack): boolean {
  const [source] = receivers.get(track)?.getSynchronizationSources() ?? [];
  if (!source || track.readyState !== 'live') return false;
  const age = performance.timeOrigin + performance.now() - source.timestamp;
  return Math.abs(age) < SETTLING.stillMs;
}
