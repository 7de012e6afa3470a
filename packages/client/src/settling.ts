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
 * had `limitMs` to settle and goes on about as well: what has begun may stop again or falter, since its sender or the way
 * has less bandwidth than was thought. That is not waited for much longer. `over`: nobody waits any more.
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
  const paces = { shown: new Pace(shown), successor: new Pace(successor) };
  return new Promise((resolve) => {
    const look = () => {
      const now = performance.now();
      const expected = SETTLING.pace * paces.shown.look(now);
      const keepsUp = paces.successor.look(now) >= expected && flows(successor);
      const waited = now - start;
      const settled = waited >= limitMs && (keepsUp || waited >= limitMs + SETTLING.stalledMs);
      if (over() || !flows(shown) || settled) resolve();
      else setTimeout(look, SETTLING.pollMs);
    };
    look();
  });
}

/** How often something of a track is played. */
class Pace {
  readonly #track: MediaStreamTrack;
  #last: number | undefined;
  /** When something new was seen lately, by performance.now(). */
  #seen: number[] = [];

  constructor(track: MediaStreamTrack) {
    this.#track = track;
    this.#last = sourceOf(track)?.timestamp;
  }

  /** How often something new was seen in the last `SETTLING.paceMs`, or since the first look. */
  look(now: number): number {
    const played = sourceOf(this.#track)?.timestamp;
    if (played !== this.#last) this.#seen.push(now);
    this.#last = played;
    this.#seen = this.#seen.filter((at) => now - at < SETTLING.paceMs);
    return this.#seen.length;
  }
}

/** From the last frame or sound of it that was played (WebRTC 1.0, RTCRtpContributingSource) to now, milliseconds. */
function lagOf(track: MediaStreamTrack): number {
  const source = sourceOf(track);
  return source ? performance.timeOrigin + performance.now() - source.timestamp : Number.POSITIVE_INFINITY;
}

function sourceOf(track: MediaStreamTrack): RTCRtpSynchronizationSource | undefined {
  return receivers.get(track)?.getSynchronizationSources()[0];
}
