/** Those who want to hear of something that passes and is kept nowhere. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Returns how to unsubscribe. */
  add(listener: (value: T) => void): () => void {
    // Wrapped, so that a listener given twice is two subscriptions.
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  tell(value: T): void {
    // Each on its own, so that one that throws does not keep the others from hearing.
    for (const listener of this.#listeners) queueMicrotask(() => listener(value));
  }
}
