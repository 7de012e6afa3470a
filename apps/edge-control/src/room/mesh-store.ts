import type { NodeDescription } from '@meridian/protocol';
import type { Database } from './database.ts';

export type MeshNode = {
  node: NodeDescription;
  /** Of the fleet: the one that knows how the node is. */
  cell: string;
  added_at: number;
  /** The node wants to be empty by then; null while it does not. */
  draining_until: number | null;
  /** Since when it counts as lost; null while it does not. It is kept until nobody's place is there any more. */
  lost_at: number | null;
};

/** The nodes of the session, held in memory and written through. */
export class MeshStore {
  readonly #db: Database;
  readonly #nodes = new Map<string, MeshNode>();

  constructor(db: Database) {
    this.#db = db;
    for (const { body } of db.all<{ body: string }>('select body from nodes')) {
      const entry: MeshNode = JSON.parse(body);
      this.#nodes.set(entry.node.node_id, entry);
    }
  }

  get size(): number {
    return this.#nodes.size;
  }

  has(nodeId: string): boolean {
    return this.#nodes.has(nodeId);
  }

  get(nodeId: string): MeshNode | undefined {
    return this.#nodes.get(nodeId);
  }

  /** The node, unless it is lost. */
  alive(nodeId: string): MeshNode | undefined {
    const entry = this.#nodes.get(nodeId);
    return entry?.lost_at === null ? entry : undefined;
  }

  /** By id, so that the same mesh always reads the same. */
  all(): MeshNode[] {
    return [...this.#nodes.values()].toSorted((a, b) => (a.node.node_id < b.node.node_id ? -1 : 1));
  }

  allAlive(): MeshNode[] {
    return this.all().filter(({ lost_at }) => lost_at === null);
  }

  put(entry: MeshNode): void {
    this.#nodes.set(entry.node.node_id, entry);
    this.#db.run(
      'insert or replace into nodes (node_id, body) values (?, ?)',
      entry.node.node_id,
      JSON.stringify(entry),
    );
  }

  remove(nodeId: string): void {
    if (!this.#nodes.delete(nodeId)) return;
    this.#db.run('delete from nodes where node_id = ?', nodeId);
  }

  clear(): void {
    this.#nodes.clear();
    this.#db.run('delete from nodes');
  }
}
