import { VIDEO } from '../config.ts';

/**
 * The first receivers of a video. A key frame that only some of them can take keeps the others waiting for the next,
 * a second later: whoever is set up waits, for a moment, for the rest of those who are being set up.
 */
export class Audience {
  readonly #coming = new Set<object>();
  readonly #begun = Promise.withResolvers<void>();
  readonly #notBefore: number;
  #first: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `moved`: the stream was at another node before, and so were those who come for it, one shortly after the other. */
  constructor(moved: boolean) {
    this.#notBefore = moved ? performance.now() + VIDEO.gatherFor : 0;
  }

  /** Is being set up. */
  come(receiver: object): void {
    this.#coming.add(receiver);
  }

  /** Is set up. Resolves when it may begin: with the others, or when the first has waited for long enough. */
  arrive(receiver: object): Promise<void> {
    this.#first ??= performance.now();
    this.leave(receiver);
    return this.#begun.promise;
  }

  /** Does not come, or has gone. */
  leave(receiver: object): void {
    this.#coming.delete(receiver);
    if (this.#first === undefined) return;
    clearTimeout(this.#timer);
    const due = Math.max(this.#notBefore, this.#coming.size > 0 ? this.#first + VIDEO.gatherFor : 0);
    const wait = due - performance.now();
    if (wait > 0) this.#timer = setTimeout(this.#begun.resolve, wait);
    else this.#begun.resolve();
  }
}
