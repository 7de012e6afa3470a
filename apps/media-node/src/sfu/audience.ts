import { VIDEO } from '../config.ts';

/**
 * The first receivers of a video. A key frame that only some of them can take keeps the others waiting for the next,
 * a second later: whoever is set up waits, for a moment, for the rest of those who are being set up.
 */
export class Audience {
  readonly #coming = new Set<object>();
  readonly #begun = Promise.withResolvers<void>();
  #everybodyHere: () => boolean;
  #notBefore: number;
  #first: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `everybodyHere`: for a stream that was at another node before, as were those who come for it, one shortly after the
   * other: whether nobody of the meeting is missing at this node. Null for any other.
   */
  constructor(everybodyHere: (() => boolean) | null) {
    this.#everybodyHere = everybodyHere ?? (() => true);
    this.#notBefore = performance.now() + VIDEO.gatherFor;
  }

  /** Those who receive it come from another node from now on, as in the constructor; what was prepared is live. */
  expectOthers(everybodyHere: () => boolean): void {
    this.#everybodyHere = everybodyHere;
    this.#notBefore = performance.now() + VIDEO.gatherFor;
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
    const due = Math.max(
      this.#everybodyHere() ? 0 : this.#notBefore,
      this.#coming.size > 0 ? this.#first + VIDEO.gatherFor : 0,
    );
    const wait = due - performance.now();
    if (wait > 0) this.#timer = setTimeout(this.#begun.resolve, wait);
    else this.#begun.resolve();
  }
}
