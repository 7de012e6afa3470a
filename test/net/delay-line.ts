/**
 * Hands items on after a fixed delay, in order. One timer for the line, not one an item: at thousands of
 * packets a second timers would be the bottleneck.
 */
export class DelayLine<T> {
  delayMs: number;
  readonly #deliver: (item: T) => void;
  readonly #waiting: { due: number; item: T }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, deliver: (item: T) => void) {
    this.delayMs = delayMs;
    this.#deliver = deliver;
  }

  /** `extraMs` delays this item, and so everything after it. */
  push(item: T, extraMs = 0): void {
    const previous = this.#waiting.at(-1)?.due ?? 0;
    const due = Math.max(previous, performance.now() + this.delayMs + extraMs);
    this.#waiting.push({ due, item });
    if (!this.#timer) this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (!next) {
      this.#timer = undefined;
      return;
    }
    // Timers have a grain of 1 ms and come late rather than early: aim half a grain early.
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, next.due - performance.now() - 0.5));
  }

  #flush(): void {
    const now = performance.now() + 0.5;
    let next = this.#waiting[0];
    while (next && next.due <= now) {
      this.#waiting.shift();
      this.#deliver(next.item);
      next = this.#waiting[0];
    }
    this.#arm();
  }
}
