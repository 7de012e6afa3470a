export type ReplayBounds = {
  /** The most frames that are kept. */
  frames: number;
  /** The most UTF-16 units that are kept in them. */
  units: number;
};

/** The last frames that one side of a socket has sent, for the next socket: the other side may not have got them. */
export class Replay {
  readonly #bounds: ReplayBounds;
  readonly #kept: string[] = [];
  #units = 0;
  #sent = 0;

  constructor(bounds: ReplayBounds) {
    this.#bounds = bounds;
  }

  add(frame: string): void {
    this.#sent += 1;
    this.#kept.push(frame);
    this.#units += frame.length;
    while (this.#kept.length > this.#bounds.frames || this.#units > this.#bounds.units) {
      this.#units -= this.#kept.shift()?.length ?? 0;
    }
  }

  /** What follows the first `received` frames; null where that is not kept any more, or was never sent. */
  after(received: number): readonly string[] | null {
    const missing = this.#sent - received;
    if (missing < 0 || missing > this.#kept.length) return null;
    return this.#kept.slice(this.#kept.length - missing);
  }
}
