import { RECONNECT_STABLE_MS } from './config.ts';
import type { ReconnectPolicy } from './types.ts';

/**
 * When to try again. Counts tries that did not last: a connection that breaks right after it was made does not
 * start the count anew, or a server that accepts and drops would be hammered.
 */
export class Retry {
  readonly #policy: ReconnectPolicy;
  readonly #random: () => number;
  readonly #run: () => void;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stable: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(policy: ReconnectPolicy, random: () => number, run: () => void) {
    this.#policy = policy;
    this.#random = random;
    this.#run = run;
  }

  get scheduled(): boolean {
    return this.#timer !== undefined;
  }

  /** Runs after the policy's delay, or after `atLeastMs` when the server asked for more. */
  schedule(atLeastMs = 0): void {
    if (this.#closed || this.scheduled) return;
    clearTimeout(this.#stable);
    const delay = Math.max(atLeastMs, this.#policy(this.#attempt, this.#random));
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#fire(), delay);
  }

  /** Runs now what was scheduled for later. */
  hurry(): void {
    if (this.scheduled) this.#fire();
  }

  /** Does not run what was scheduled. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The connection stands. */
  succeeded(): void {
    if (this.#closed) return;
    clearTimeout(this.#stable);
    this.#stable = setTimeout(() => {
      this.#attempt = 0;
    }, RECONNECT_STABLE_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#stable);
    this.#timer = undefined;
  }

  #fire(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run();
  }
}
