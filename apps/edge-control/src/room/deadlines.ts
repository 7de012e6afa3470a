/**
 * Short waits, each for one socket. In memory, since an object with a timer pending does not hibernate: cleared as
 * soon as what they wait for has come.
 */
export class Deadlines {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  set(id: string, ms: number, missed: () => void): void {
    this.clear(id);
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      missed();
    }, ms);
    this.#timers.set(id, timer);
  }

  clear(id: string): void {
    clearTimeout(this.#timers.get(id) ?? null);
    this.#timers.delete(id);
  }
}
