type Held = { nodeId: string; expiresAt: number };

/**
 * Places promised to participants who are on the way. Each ends in one of three ways: the node's heartbeat
 * shows somebody more, the joiner was refused after all, or nobody came in time.
 *
 * Bounded by the capacity of the nodes: a place is only reserved while one is free.
 */
export class Reservations {
  /** In the order they were made, so the first ones are the next to expire. */
  readonly #held = new Map<string, Held>();
  readonly #perNode = new Map<string, number>();
  readonly #lifeMs: number;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  add(id: string, nodeId: string, now: number): void {
    this.#held.set(id, { nodeId, expiresAt: now + this.#lifeMs });
    this.#perNode.set(nodeId, this.on(nodeId) + 1);
  }

  /** Unknown ids are those that have ended already. */
  release(id: string): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    const left = this.on(held.nodeId) - 1;
    if (left > 0) this.#perNode.set(held.nodeId, left);
    else this.#perNode.delete(held.nodeId);
  }

  /** A heartbeat shows `count` participants more: the oldest reservations have been kept. */
  arrived(nodeId: string, count: number): void {
    let left = count;
    for (const [id, held] of this.#held) {
      if (left <= 0 || this.on(nodeId) === 0) return;
      if (held.nodeId !== nodeId) continue;
      this.release(id);
      left--;
    }
  }

  expire(now: number): void {
    for (const [id, held] of this.#held) {
      if (held.expiresAt > now) return;
      this.release(id);
    }
  }

  on(nodeId: string): number {
    return this.#perNode.get(nodeId) ?? 0;
  }
}
