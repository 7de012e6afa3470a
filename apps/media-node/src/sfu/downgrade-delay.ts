/**
 * Follows a wish for a number of layers: up at once, down to what was the most wished for in the last while. Who pages
 * through a grid would otherwise stop and start an encoder with each page.
 */
export class DowngradeDelay {
  readonly #delay: number;
  /** By number of layers, when so many or more were wished for last. */
  readonly #lastWished: number[] = [];
  #wanted: number;
  #value: number;

  /** `delay` in milliseconds. */
  constructor(initial: number, delay: number) {
    this.#delay = delay;
    this.#wanted = initial;
    this.#value = initial;
  }

  /** What is in force. */
  get value(): number {
    return this.#value;
  }

  /** When it will be lower by time alone; null: never. */
  get due(): number | null {
    const last = this.#lastWished[this.#value];
    return this.#wanted < this.#value && last !== undefined ? last + this.#delay : null;
  }

  /** Takes a wish in, or looks again at the one there is. `now` in milliseconds on a clock that does not jump. */
  update(wanted: number, now: number): number {
    for (let count = 0; count <= this.#wanted; count++) this.#lastWished[count] = now;
    this.#wanted = wanted;
    const recent = this.#lastWished.findLastIndex((at) => now - at < this.#delay);
    this.#value = Math.max(wanted, recent);
    return this.#value;
  }
}
