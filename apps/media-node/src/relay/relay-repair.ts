import { isDeepStrictEqual } from 'node:util';
import { meshLinks, type roomLink } from '@meridian/protocol';
import { RELAY } from '../config.ts';
import type { Logger } from '../logger.ts';
import { LostNeighbours } from './lost-neighbours.ts';
import { RelayTopology } from './route.ts';

type Desired = Pick<roomLink.DesiredState, 'mesh' | 'links' | 'topology_epoch'>;

export type RelayRepairOptions = {
  self: string;
  /** The topology has become another. */
  changed: () => void;
  logger: Logger;
};

/**
 * What becomes of the topology of a meeting while its room, which else repairs it, is away. The others who were linked
 * with a node that is lost find the same, and come to the same links: those that the room will want when it is back.
 * All this only adds links and ways, so who is wrong about a neighbour does no harm.
 */
export class RelayRepair {
  readonly #options: RelayRepairOptions;
  readonly #neighbours = new LostNeighbours();
  /** Nodes of the meeting that this one has a link with beside those that the room wants. */
  readonly #beside = new Set<string>();
  /** Those that want none of it, until they are asked again. */
  readonly #refused = new Map<string, NodeJS.Timeout>();
  /** What the room has said last; null until it has. */
  #desired: Desired | null = null;
  #topology: RelayTopology | null = null;
  #look: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RelayRepairOptions) {
    this.#options = options;
  }

  /** By what the room has said last, and what was repaired since; null until it has said something. */
  get topology(): RelayTopology | null {
    return this.#topology;
  }

  /** The neighbours that are taken for lost. */
  get lost(): ReadonlySet<string> {
    return this.#neighbours.ids;
  }

  /** What the room wants now. (The caller, who knows, is not told that it has changed.) */
  roomSaid(desired: Desired): void {
    if (this.#closed) return;
    const sameLinks = desired.topology_epoch === this.#desired?.topology_epoch;
    this.#desired = desired;
    this.#neighbours.roomBack();
    this.#neighbours.watchOnly(new RelayTopology(this.#options.self, desired.links).neighbours);
    // A room that does not know of the loss yet makes other changes meanwhile.
    if (!sameLinks && this.lost.size === 0) this.#over();
    else if (this.#beside.size > 0 || this.lost.size > 0) {
      this.#end ??= setTimeout(() => {
        this.#over();
        this.#change();
      }, RELAY.repairKept);
    }
    this.#rebuild();
  }

  roomLost(): void {
    if (this.#closed) return;
    clearTimeout(this.#end);
    this.#end = undefined;
    this.#neighbours.roomLost(performance.now());
    this.#lookForLost();
  }

  fellSilent(nodeId: string): void {
    this.#neighbours.fellSilent(nodeId);
    this.#lookForLost();
  }

  heard(nodeId: string): void {
    if (!this.#neighbours.heard(nodeId) || this.#closed) return;
    this.#options.logger.info({ remote_node_id: nodeId }, 'a node that had seemed lost is heard');
    this.#change();
  }

  /** A node has dialled. One of the meeting that is no neighbour knows of a loss, as this node may soon: it is linked. */
  dialled(nodeId: string): void {
    if (this.#closed || !this.#neighbours.roomAway || this.#topology?.neighbours.has(nodeId) !== false)
      return;
    if (this.#desired?.mesh.some(({ node_id }) => node_id === nodeId) !== true) return;
    this.#beside.add(nodeId);
    this.#change();
  }

  /** A node wants no link with this one. Whether that was only for the repair, and is therefore off. */
  refused(nodeId: string): boolean {
    if (this.#closed || !this.#beside.delete(nodeId)) return false;
    const askAgain = () => {
      this.#refused.delete(nodeId);
      this.#change();
    };
    this.#refused.set(nodeId, setTimeout(askAgain, RELAY.refusedFor));
    this.#change();
    return true;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#look);
    this.#over();
  }

  /** The very links of the room while nobody is lost. */
  #linksWithoutLost({ mesh, links }: Desired): roomLink.Link[] {
    const lost = this.#neighbours.ids;
    // A room of a former version names the nodes in another order, of which no links follow.
    if (lost.size === 0 || !isDeepStrictEqual(meshLinks(mesh), links)) return links;
    return meshLinks(mesh.filter(({ node_id }) => !lost.has(node_id)));
  }

  #lookForLost(): void {
    clearTimeout(this.#look);
    if (this.#closed) return;
    const now = performance.now();
    if (this.#neighbours.update(now)) {
      this.#options.logger.warn({ lost: [...this.lost] }, 'the room is away, relays go around lost nodes');
      this.#change();
    }
    const dueIn = this.#neighbours.dueIn(now);
    if (dueIn !== null) this.#look = setTimeout(() => this.#lookForLost(), dueIn);
  }

  #change(): void {
    this.#rebuild();
    this.#options.changed();
  }

  #rebuild(): void {
    if (this.#desired === null) return;
    const { self } = this.#options;
    const { mesh, links } = this.#desired;
    const repaired = this.#linksWithoutLost(this.#desired);
    const named = new RelayTopology(self, links);
    for (const nodeId of new RelayTopology(self, repaired).neighbours) {
      if (!named.neighbours.has(nodeId) && !this.#refused.has(nodeId)) this.#beside.add(nodeId);
    }
    const members = new Set(mesh.map(({ node_id }) => node_id));
    for (const nodeId of this.#beside) if (!members.has(nodeId)) this.#beside.delete(nodeId);
    const asNamed = repaired === links && this.#beside.size === 0;
    const beside = new Set(this.#beside);
    this.#topology = asNamed ? named : new RelayTopology(self, links, { links: repaired, beside });
  }

  #over(): void {
    clearTimeout(this.#end);
    this.#end = undefined;
    this.#neighbours.forget();
    this.#beside.clear();
    for (const timer of this.#refused.values()) clearTimeout(timer);
    this.#refused.clear();
  }
}
