import { SPEAKERS } from '../config.ts';

/**
 * Levels over time, dBov. Rises quickly and falls slowly, so that the gaps between words do not end a turn.
 * Whoever falls below what is audible is gone.
 */
export class LevelSmoothing {
  readonly #levels = new Map<string, number>();

  get levels(): ReadonlyMap<string, number> {
    return this.#levels;
  }

  /** One interval has passed, with these averages; who is not among them was silent. */
  step(measured: ReadonlyMap<string, number>): void {
    for (const id of this.#levels.keys()) if (!measured.has(id)) this.#set(id, SPEAKERS.silence);
    for (const [id, level] of measured) this.#set(id, level);
  }

  /** Muted or gone: silent from this moment. */
  drop(id: string): void {
    this.#levels.delete(id);
  }

  #set(id: string, measured: number): void {
    const before = this.#levels.get(id) ?? SPEAKERS.audible;
    const level =
      measured >= before
        ? before + SPEAKERS.rise * (measured - before)
        : Math.max(measured, before - SPEAKERS.fall);
    if (level <= SPEAKERS.audible) this.#levels.delete(id);
    else this.#levels.set(id, level);
  }
}
