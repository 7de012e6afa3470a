import { DEGRADATION } from '../config.ts';

/** How much a path is asked to carry, from all of it to no video at all. */
export const QUALITIES = ['full', '720p', '360p15', 'audio'] as const;
export type Quality = (typeof QUALITIES)[number];

/** The least that is still a picture. */
const LAST_PICTURE = QUALITIES.indexOf('360p15');

/** The loss above which each of QUALITIES is the best that makes sense. */
const ABOVE = [Number.NEGATIVE_INFINITY, ...DEGRADATION.above];

/**
 * What a receiver gets, by the packets that are lost on the way to it. Down at once, as far as the loss says, but to
 * no picture at all only when less of it has not helped: a burst is over when it is reported. Up one step at a time, after
 * the loss has been well below for a while, and after longer when going up was wrong before.
 */
export class LossLadder {
  #step = 0;
  #calmSince: number | null = null;
  #roseAt = Number.NEGATIVE_INFINITY;
  #hold: number = DEGRADATION.hold;

  get quality(): Quality {
    return QUALITIES[this.#step] ?? 'audio';
  }

  /** `loss`: fraction since the last report, 0–1. `now`: milliseconds on a clock that does not jump. */
  report(loss: number, now: number): void {
    const wanted = ABOVE.findLastIndex((above) => loss > above);
    const step = this.#step < LAST_PICTURE ? Math.min(wanted, LAST_PICTURE) : wanted;
    if (step > this.#step) {
      const relapsed = now - this.#roseAt <= DEGRADATION.relapse;
      this.#hold = relapsed ? Math.min(2 * this.#hold, DEGRADATION.maxHold) : DEGRADATION.hold;
      this.#step = step;
      this.#calmSince = null;
      return;
    }
    const calm = this.#step > 0 && loss < (ABOVE[this.#step] ?? 0) * DEGRADATION.recovered;
    if (!calm) {
      this.#calmSince = null;
      return;
    }
    this.#calmSince ??= now;
    if (now - this.#calmSince < this.#hold) return;
    this.#step -= 1;
    this.#roseAt = now;
    this.#calmSince = now;
  }
}
