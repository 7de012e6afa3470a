type Item = { readonly due: number; readonly order: number; readonly run: () => void };

/** Timers come late rather than early, with a grain of a millisecond: aim half a grain early. */
const GRAIN = 0.5;

/** Runs things when they are due, many thousands a second: one timer, and a heap. */
export class Schedule {
  readonly #heap: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #order = 0;

  /** `due` by performance.now(). What is due already runs before this returns. */
  at(due: number, run: () => void): void {
    if (due - performance.now() < GRAIN && this.#heap.length === 0) {
      run();
      return;
    }
    this.#push({ due, order: this.#order++, run });
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    if (!next || this.#timerDue <= next.due) return;
    clearTimeout(this.#timer);
    this.#timerDue = next.due;
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, next.due - performance.now() - GRAIN));
  }

  #flush(): void {
    this.#timerDue = Number.POSITIVE_INFINITY;
    const now = performance.now() + GRAIN;
    for (let next = this.#heap[0]; next && next.due <= now; next = this.#heap[0]) {
      this.#pop();
      next.run();
    }
    this.#arm();
  }

  #push(item: Item): void {
    const heap = this.#heap;
    let index = heap.push(item) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, item)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const leftItem = heap[left];
      if (!leftItem) break;
      const rightItem = heap[right];
      const [child, item] =
        rightItem && isBefore(rightItem, leftItem) ? [right, rightItem] : [left, leftItem];
      if (isBefore(last, item)) break;
      heap[index] = item;
      index = child;
    }
    heap[index] = last;
  }
}

/** What was put in first comes first when both are due at once: without jitter packets keep their order. */
function isBefore(a: Item, b: Item): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
