import type { NodeDescription } from '@meridian/protocol';
import type { EvidenceReport, VerdictAnswer } from '../fleet/contract.ts';
import { within } from '../timeout.ts';
import { ROOM } from './config.ts';
import { leaveMesh } from './membership.ts';
import { loseNode } from './node-loss.ts';
import type { Restarts } from './restarts.ts';
import type { Runtime } from './runtime.ts';

type Kind = EvidenceReport['kind'];

/** Who reports a node, and whether they live where it does. */
export type Witness = { id: string; isNear: (node: NodeDescription) => boolean };

/** What speaks for the death of a node goes to the cell that knows it, and the cell's word counts. */
export class Evidence {
  readonly #runtime: Runtime;
  readonly #restarts: Restarts;
  /** When each kind was last reported of each node, from near and from far. */
  readonly #reported = new Map<string, number>();

  constructor(runtime: Runtime, restarts: Restarts) {
    this.#runtime = runtime;
    this.#restarts = restarts;
  }

  /** Two hundred reports of the same loss are one call to the cell. Nobody waits for the answer. */
  report(nodeId: string, kind: Kind, { id: reporter, isNear }: Witness): void {
    const now = this.#runtime.now();
    const entry = this.#runtime.state.mesh.alive(nodeId);
    if (!entry) return;
    const near = isNear(entry.node);
    const key = `${kind} ${nodeId} ${near}`;
    if (now - (this.#reported.get(key) ?? 0) < ROOM.evidence.repeatMs) return;
    this.#reported.set(key, now);
    this.#runtime.log('warn', 'a node was reported', { node_id: nodeId, kind, reporter, near });
    const cell = this.#runtime.env.CELLS.getByName(entry.cell);
    this.#runtime.ctx.waitUntil(
      this.#heed(nodeId, cell.evidence({ node_id: nodeId, kind, reporter, near, at: now })),
    );
  }

  /** Some time after a report that was not enough: heartbeats may be missing by now. Never rejects. */
  async askAgain(nodeId: string): Promise<void> {
    const entry = this.#runtime.state.mesh.alive(nodeId);
    if (!entry) return;
    try {
      const cell = this.#runtime.env.CELLS.getByName(entry.cell);
      await this.#judge(nodeId, await within(cell.verdict(nodeId), ROOM.evidence.timeoutMs, 'the cell'));
    } catch (error) {
      // Whoever still misses the node says so again.
      this.#runtime.log('warn', 'a cell does not say how a node is', { node_id: nodeId, error });
    }
  }

  /**
   * A node without a link does not learn who else is in the meeting, so that nobody who comes gets to the others over
   * it. Whoever is there may be well served; the meeting keeps it for nobody else. Never rejects.
   */
  async seeToUnheard(nodeId: string): Promise<void> {
    const isUnheard = this.#runtime.transact((op) => {
      const entry = op.state.session.active ? op.state.mesh.alive(nodeId) : undefined;
      if (!entry || op.isHeard(entry)) return false;
      if (op.state.roster.dependOn(nodeId) === 0) leaveMesh(op, nodeId);
      else op.state.timers.set('unheard', op.now + ROOM.mesh.linkMissingMs, nodeId);
      return true;
    });
    if (isUnheard) await this.askAgain(nodeId);
  }

  /** Never rejects. A cell that does not answer is asked again, and knows nothing against the node meanwhile. */
  async #heed(nodeId: string, answer: Promise<VerdictAnswer>): Promise<void> {
    try {
      if (await this.#judge(nodeId, await within(answer, ROOM.evidence.timeoutMs, 'the cell'))) return;
    } catch (error) {
      this.#runtime.log('warn', 'a cell does not take evidence', { node_id: nodeId, error });
    }
    if (!this.#runtime.state.session.active || !this.#runtime.state.mesh.alive(nodeId)) return;
    this.#runtime.transact((op) => op.state.timers.set('verdict', op.now + ROOM.evidence.askAgainMs, nodeId));
  }

  /** Whether the node is lost. One that has died and is back is well, but is not the one that the meeting knows. */
  async #judge(nodeId: string, { verdict, boot_id }: VerdictAnswer): Promise<boolean> {
    if (verdict !== 'lost') {
      if (boot_id !== null) await this.#restarts.learnt(nodeId, boot_id);
      return false;
    }
    if (!this.#runtime.state.session.active) return true;
    if (this.#runtime.transact((op) => loseNode(op, nodeId))) {
      this.#runtime.log('warn', 'a node is lost', { node_id: nodeId });
    }
    return true;
  }
}
