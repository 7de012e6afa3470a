/** `standby`: for somebody who comes only if their node is lost. */
export type Purpose = 'primary' | 'standby';

type Held = { nodeId: string; purpose: Purpose; expiresAt: number };
type Counts = Record<Purpose, number>;

/**
 * Places promised to participants who are on the way. Each ends in one of three ways: the node's heartbeat
 * shows somebody more, the joiner was refused after all, or nobody came in time.
 *
 * Bounded by the capacity of the nodes: a place is only reserved while one is free.
 */
export class Reservations {
  /** In the order they were made, so the first ones are the next to expire. */
  readonly #held = new Map<string, Held>();
  readonly #perNode = new Map<string, Counts>();
  readonly #lifeMs: number;
  readonly #standbyWeight: number;

  /** `standbyWeight`: what a standby takes of a place. */
  constructor(lifeMs: number, standbyWeight: number) {
    this.#lifeMs = lifeMs;
    this.#standbyWeight = standbyWeight;
  }

  add(id: string, nodeId: string, now: number, purpose: Purpose = 'primary'): void {
    this.#held.set(id, { nodeId, purpose, expiresAt: now + this.#lifeMs });
    const counts = this.on(nodeId);
    this.#perNode.set(nodeId, { ...counts, [purpose]: counts[purpose] + 1 });
  }

  /** Unknown ids are those that have ended already. */
  release(id: string): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    const { nodeId, purpose } = held;
    const counts = this.on(nodeId);
    const left = { ...counts, [purpose]: counts[purpose] - 1 };
    if (left.primary + left.standby > 0) this.#perNode.set(nodeId, left);
    else this.#perNode.delete(nodeId);
  }

  /** A heartbeat shows `count` more of them: the oldest reservations have been kept. */
  arrived(nodeId: string, count: number, purpose: Purpose = 'primary'): void {
    let left = count;
    for (const [id, held] of this.#held) {
      if (left <= 0 || this.on(nodeId)[purpose] === 0) return;
      if (held.nodeId !== nodeId || held.purpose !== purpose) continue;
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

  /** What is promised on a node, in places. */
  places(nodeId: string): number {
    const { primary, standby } = this.on(nodeId);
    return primary + standby * this.#standbyWeight;
  }

  on(nodeId: string): Readonly<Counts> {
    return this.#perNode.get(nodeId) ?? NONE;
  }
}

const NONE: Readonly<Counts> = { primary: 0, standby: 0 };
