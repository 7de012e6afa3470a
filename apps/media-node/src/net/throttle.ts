/** Runs something when asked, but not more often than once in an interval: at once, else when that is over. */
export class Throttle {
  readonly #interval: number;
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ranAt = Number.NEGATIVE_INFINITY;

  constructor(interval: number, run: () => void) {
    this.#interval = interval;
    this.#run = run;
  }

  ask(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#ranAt + this.#interval - performance.now();
    if (wait <= 0) this.#go();
    else this.#timer = setTimeout(() => this.#go(), wait);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go(): void {
    this.#timer = undefined;
    this.#ranAt = performance.now();
    this.#run();
  }
}
