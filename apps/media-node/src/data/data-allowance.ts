import { DATA } from '../config.ts';

/** Counters of a channel since it was opened. */
export type DataCounters = { messages: number; bytes: number };

/** A token bucket for messages and one for bytes, filled by the clock and emptied by counters that are read now and then. */
export class DataAllowance {
  #left: DataCounters = { ...DATA.burst };
  #seen: DataCounters = { messages: 0, bytes: 0 };
  #at: number;

  /** `now` in milliseconds, here and below on a clock that does not jump. */
  constructor(now: number) {
    this.#at = now;
  }

  /** Returns false when more has been sent than may be. */
  spend(counters: DataCounters, now: number): boolean {
    const seconds = (now - this.#at) / 1000;
    const left = (key: keyof DataCounters) =>
      Math.min(DATA.burst[key], this.#left[key] + seconds * DATA.perSecond[key]) -
      (counters[key] - this.#seen[key]);
    this.#left = { messages: left('messages'), bytes: left('bytes') };
    this.#seen = { ...counters };
    this.#at = now;
    return this.#left.messages >= 0 && this.#left.bytes >= 0;
  }
}
