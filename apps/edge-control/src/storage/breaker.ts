import { MeridianError } from '@meridian/protocol';

/**
 * Stops asking something that does not answer: after `failures` in a row everybody is refused at once for
 * `restMs`, then one call tries again. Keeps joiners from queueing behind timeouts.
 */
export class Breaker {
  #failed = 0;
  #openUntil = 0;
  readonly #what: string;
  readonly #failures: number;
  readonly #restMs: number;

  constructor(what: string, failures: number, restMs: number) {
    this.#what = what;
    this.#failures = failures;
    this.#restMs = restMs;
  }

  /** `isFault` tells a part that is down from a question it has answered with no. */
  async run<T>(work: () => Promise<T>, isFault: (error: unknown) => boolean, now: () => number): Promise<T> {
    const wait = this.#openUntil - now();
    if (wait > 0) throw new MeridianError('overloaded', `${this.#what} is resting`, { retryAfterMs: wait });
    // Whoever comes while one call tries is refused as before.
    if (this.#failed >= this.#failures) this.#openUntil = now() + this.#restMs;
    try {
      const value = await work();
      this.#close();
      return value;
    } catch (error) {
      if (!isFault(error)) this.#close();
      else if (++this.#failed >= this.#failures) this.#openUntil = now() + this.#restMs;
      throw error;
    }
  }

  #close(): void {
    this.#failed = 0;
    this.#openUntil = 0;
  }
}
