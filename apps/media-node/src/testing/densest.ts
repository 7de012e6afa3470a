import { PEER } from '../config.ts';

/** The most requests for key frames of one encoding that came within one `keyFrameRequestDelay`. */
export function densest(requests: readonly { ssrc: number; at: number }[]): number {
  // A timer of the worker may be some milliseconds early, and the path adds its jitter.
  const window = 0.95 * PEER.keyFrameRequestDelay;
  const counts = requests.map(
    ({ ssrc, at }) =>
      requests.filter((other) => other.ssrc === ssrc && other.at >= at && other.at < at + window).length,
  );
  return Math.max(0, ...counts);
}
