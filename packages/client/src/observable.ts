/** A value computed when it is asked for, and its listeners, told once for many changes. */
export class Observable<T> {
  readonly #compute: (before: T | null) => T;
  readonly #listeners = new Set<() => void>();
  #value: T | null = null;
  #stale = true;
  #announced = false;

  constructor(compute: (before: T | null) => T) {
    this.#compute = compute;
  }

  get(): T {
    if (this.#stale || this.#value === null) {
      this.#value = this.#compute(this.#value);
      this.#stale = false;
    }
    return this.#value;
  }

  invalidate(): void {
    this.#stale = true;
    if (this.#announced) return;
    this.#announced = true;
    // A burst of events makes one announcement.
    queueMicrotask(() => {
      this.#announced = false;
      // Each on its own, so that one that throws does not keep the others from hearing.
      for (const listener of this.#listeners) queueMicrotask(listener);
    });
  }

  /** Returns how to unsubscribe. */
  subscribe(listener: () => void): () => void {
    // Wrapped, so that a listener given twice is two subscriptions.
    const own = () => listener();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
