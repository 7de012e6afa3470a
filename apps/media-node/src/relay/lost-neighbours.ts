import { RELAY } from '../config.ts';

/**
 * The neighbours that are taken for lost while the room, which else decides that, is away. `now` in milliseconds on a
 * clock that does not jump.
 *
 * Whoever comes back as the same process has its meeting still, and counts as before. A new one knows nothing of it until
 * the room tells it.
 */
export class LostNeighbours {
  #roomLostAt: number | null = null;
  /** The run of the process that each was at last. */
  readonly #boots = new Map<string, string>();
  readonly #silent = new Set<string>();
  /** With the run that was lost. */
  readonly #lost = new Map<string, string | undefined>();

  get ids(): ReadonlySet<string> {
    return new Set(this.#lost.keys());
  }

  /** Milliseconds until somebody may have to be taken for lost; null while there is nobody. */
  dueIn(now: number): number | null {
    if (this.#roomLostAt === null || [...this.#silent].every((nodeId) => this.#lost.has(nodeId))) return null;
    return Math.max(0, this.#roomLostAt + RELAY.repairAfter - now);
  }

  roomLost(now: number): void {
    this.#roomLostAt ??= now;
  }

  /** It has said who are neighbours: what was worked out without it is void, and what becomes of others is no matter. */
  roomBack(neighbours: ReadonlySet<string>): void {
    this.#roomLostAt = null;
    this.#lost.clear();
    for (const nodeId of this.#silent) if (!neighbours.has(nodeId)) this.#silent.delete(nodeId);
    for (const nodeId of this.#boots.keys()) if (!neighbours.has(nodeId)) this.#boots.delete(nodeId);
  }

  /** A socket of the neighbour is up. Whether that makes a difference. */
  attached(nodeId: string, bootId: string): boolean {
    this.#boots.set(nodeId, bootId);
    return this.heard(nodeId);
  }

  /** Whether it makes a difference that it is heard. */
  heard(nodeId: string): boolean {
    this.#silent.delete(nodeId);
    if (!this.#lost.has(nodeId) || this.#lost.get(nodeId) !== this.#boots.get(nodeId)) return false;
    return this.#lost.delete(nodeId);
  }

  fellSilent(nodeId: string): void {
    this.#silent.add(nodeId);
  }

  /** Takes those for lost who are. Whether there is one more. */
  update(now: number): boolean {
    if (this.dueIn(now) !== 0) return false;
    for (const nodeId of this.#silent) {
      if (!this.#lost.has(nodeId)) this.#lost.set(nodeId, this.#boots.get(nodeId));
    }
    return true;
  }
}
