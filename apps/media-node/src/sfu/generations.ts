/**
 * Numbers the generations of streams. They must rise over everything this node knows of a stream, and over
 * what a former life of the node issued, which nobody remembers: so they start from the time.
 */
export class Generations {
  readonly #now: () => number;
  #last = 0;

  /** `now` in epoch milliseconds; must not run backwards within a process. */
  constructor(now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /** `highestKnown`: the highest live generation of the stream, published here or elsewhere; 0 for none. */
  next(highestKnown: number): number {
    this.#last = Math.max(Math.floor(this.#now()), this.#last + 1, highestKnown + 1);
    return this.#last;
  }
}
