/**
 * How long nothing has been heard, in time for which this page was awake. A look that comes late (a busy main thread,
 * a page in the background, a sleeping device) counts as two looks and no more: what has arrived meanwhile still waits
 * to be read. Two, since on a busy machine every look is late by a little.
 */
export class Silence {
  readonly #lookMs: number;
  #lastLook: number | null = null;
  #silentMs = 0;

  /** `lookMs`: how often look() is called when nothing is in the way. */
  constructor(lookMs: number) {
    this.#lookMs = lookMs;
  }

  /** Takes one look; `heard`: something has arrived since the last. Returns milliseconds of silence. */
  look(now: number, heard: boolean): number {
    const elapsed = this.#lastLook === null ? 0 : now - this.#lastLook;
    this.#lastLook = now;
    this.#silentMs = heard ? 0 : this.#silentMs + Math.min(elapsed, 2 * this.#lookMs);
    return this.#silentMs;
  }

  /** Something was heard, or what is listened to is another. */
  reset(): void {
    this.#silentMs = 0;
    this.#lastLook = null;
  }
}
