import { Listeners } from './listeners.ts';
import type { Observed } from './types.ts';

/** A value computed when it is asked for, and its listeners, told once for many changes. */
export class Observable<T> implements Observed<T> {
  readonly #compute: (before: T | null) => T;
  readonly #listeners = new Listeners<void>();
  #value: T | null = null;
  #stale = true;
  #announced = false;

  constructor(compute: (before: T | null) => T) {
    this.#compute = compute;
  }

  readonly get = (): T => {
    if (this.#stale || this.#value === null) {
      this.#value = this.#compute(this.#value);
      this.#stale = false;
    }
    return this.#value;
  };

  invalidate(): void {
    this.#stale = true;
    if (this.#announced) return;
    this.#announced = true;
    // A burst of events makes one announcement.
    queueMicrotask(() => {
      this.#announced = false;
      this.#listeners.tell();
    });
  }

  /** Returns how to unsubscribe. */
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);
}
