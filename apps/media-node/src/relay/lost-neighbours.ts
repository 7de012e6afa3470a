import { RELAY } from '../config.ts';

/**
 * The neighbours that are taken for lost while the room, which else decides that, is away. They stay so until they are
 * heard, or the room wants other links. `now` in milliseconds on a clock that does not jump.
 */
export class LostNeighbours {
  #roomLostAt: number | null = null;
  readonly #silent = new Set<string>();
  readonly #lost = new Set<string>();

  get ids(): ReadonlySet<string> {
    return this.#lost;
  }

  get roomAway(): boolean {
    return this.#roomLostAt !== null;
  }

  /** Milliseconds until somebody may have to be taken for lost; null while there is nobody. */
  dueIn(now: number): number | null {
    if (this.#roomLostAt === null || [...this.#silent].every((nodeId) => this.#lost.has(nodeId))) return null;
    return Math.max(0, this.#roomLostAt + RELAY.repairAfter - now);
  }

  roomLost(now: number): void {
    this.#roomLostAt ??= now;
  }

  /** It has spoken: from here on it sees to losses. */
  roomBack(): void {
    this.#roomLostAt = null;
  }

  fellSilent(nodeId: string): void {
    this.#silent.add(nodeId);
  }

  /** Whether it makes a difference that it is heard. */
  heard(nodeId: string): boolean {
    this.#silent.delete(nodeId);
    return this.#lost.delete(nodeId);
  }

  /** What becomes of others is no matter any more. */
  watchOnly(neighbours: ReadonlySet<string>): void {
    for (const known of [this.#silent, this.#lost]) {
      for (const nodeId of known) if (!neighbours.has(nodeId)) known.delete(nodeId);
    }
  }

  /** The links are others: who is lost is not among them, or will be found out anew. */
  forget(): void {
    this.#lost.clear();
  }

  /** Takes those for lost who are. Whether there is one more. */
  update(now: number): boolean {
    if (this.dueIn(now) !== 0) return false;
    for (const nodeId of this.#silent) this.#lost.add(nodeId);
    return true;
  }
}
