import { addNode, EMPTY_TOPOLOGY, removeNode, type Topology, type TopologyNode } from '../topology/index.ts';
import type { Database } from './database.ts';

/** Which of the session's nodes relay to which; held in memory and written through. */
export class TopologyStore {
  readonly #db: Database;
  #current: Topology;

  /** `nodes` are those of a session from before topologies were kept, in the order they came. */
  constructor(db: Database, nodes: readonly TopologyNode[]) {
    this.#db = db;
    const row = db.first<{ body: string }>('select body from topology');
    this.#current = row ? JSON.parse(row.body) : nodes.reduce(addNode, EMPTY_TOPOLOGY);
  }

  get current(): Topology {
    return this.#current;
  }

  add({ node_id, region, location }: TopologyNode): void {
    this.#put(addNode(this.#current, { node_id, region, location }));
  }

  remove(nodeId: string): void {
    this.#put(removeNode(this.#current, nodeId));
  }

  clear(): void {
    this.#current = EMPTY_TOPOLOGY;
    this.#db.run('delete from topology');
  }

  #put(next: Topology): void {
    if (next === this.#current) return;
    this.#current = next;
    this.#db.run('insert or replace into topology (only_row, body) values (1, ?)', JSON.stringify(next));
  }
}
