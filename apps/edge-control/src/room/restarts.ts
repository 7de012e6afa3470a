import { idleNode, joinMesh } from './membership.ts';
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
    const former = this.#ofAnotherLife(nodeId, bootId);
    if (former) await this.#takeIn(former);
  }

  /**
   * Its cell says so. The node itself may know nothing of the meeting, so that nobody gets to another node over it:
   * when it matters to nobody the meeting goes on without it. Never rejects.
   */
  async learnt(nodeId: string, bootId: string): Promise<void> {
    const former = this.#ofAnotherLife(nodeId, bootId);
    if (!former) return;
    if (this.#runtime.state.roster.dependOn(nodeId) > 0) await this.#takeIn(former);
    else this.#lose(former);
  }

  async #takeIn(former: MeshNode): Promise<void> {
    this.#runtime.log('info', 'a node was started anew', { node_id: former.node.node_id });
    try {
      const reservation = await this.#reserver.claim(former);
      if (reservation) {
        await this.#reserver.settle(
          { reservation, candidates: [] },
          () => null,
          () => {
            if (this.#isKnownAs(former)) {
              this.#runtime.transact((op) => {
                joinMesh(op, reservation);
                idleNode(op, former.node.node_id);
              });
            }
            return { node_id: null };
          },
        );
      }
      // Its cell has not heard of it yet, or does not have it any more.
      if (this.#isKnownAs(former)) this.#lose(former);
    } catch (error) {
      this.#runtime.log('error', 'a restart was not taken in', { node_id: former.node.node_id, error });
    }
  }

  #lose({ node: { node_id } }: MeshNode): void {
    if (this.#runtime.transact((op) => loseNode(op, node_id))) {
      this.#runtime.log('warn', 'a node is lost that was started anew', { node_id });
    }
  }

  /** The node as the meeting knows it, when that is of another life. */
  #ofAnotherLife(nodeId: string, bootId: string): MeshNode | undefined {
    const known = this.#alive(nodeId);
    return known?.node.boot_id === bootId ? undefined : known;
  }

  /** Whether the meeting still knows the node as it was in its former life. */
  #isKnownAs({ node: { node_id, boot_id } }: MeshNode): boolean {
    return this.#alive(node_id)?.node.boot_id === boot_id;
  }

  #alive(nodeId: string): MeshNode | undefined {
    const { session, mesh } = this.#runtime.state;
    return session.active ? mesh.alive(nodeId) : undefined;
  }
}
