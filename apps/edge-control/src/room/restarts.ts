import { joinMesh } from './membership.ts';
import type { MeshNode } from './mesh-store.ts';
import { loseNode } from './node-loss.ts';
import type { Reserver } from './reserver.ts';
import type { Runtime } from './runtime.ts';

/**
 * A node that was started anew has another certificate, so that nobody can go to it by what the meeting knows of it:
 * neither those whose standby it is nor those who are sent back there. Its cell says how it is found now.
 */
export class Restarts {
  readonly #runtime: Runtime;
  readonly #reserver: Reserver;

  constructor(runtime: Runtime, reserver: Reserver) {
    this.#runtime = runtime;
    this.#reserver = reserver;
  }

  /** The node says that it has been started as `bootId`. Never rejects. */
  async heard(nodeId: string, bootId: string): Promise<void> {
    const known = this.#stale(nodeId, bootId);
    if (!known) return;
    this.#runtime.log('info', 'a node was started anew', { node_id: nodeId });
    try {
      const reservation = await this.#reserver.claim(known);
      if (reservation) {
        await this.#reserver.settle(
          { reservation, candidates: [] },
          () => null,
          () => {
            if (this.#stale(nodeId, bootId)) this.#runtime.transact((op) => joinMesh(op, reservation));
            return { node_id: null };
          },
        );
      }
      // Its cell has not heard of it yet, or does not have it any more.
      if (this.#stale(nodeId, bootId)) this.#runtime.transact((op) => loseNode(op, nodeId));
    } catch (error) {
      this.#runtime.log('error', 'a restart was not taken in', { node_id: nodeId, error });
    }
  }

  /** The node as the meeting knows it, when that is of a former life. */
  #stale(nodeId: string, bootId: string): MeshNode | undefined {
    const { session, mesh } = this.#runtime.state;
    const known = session.active ? mesh.alive(nodeId) : undefined;
    return known?.node.boot_id === bootId ? undefined : known;
  }
}
