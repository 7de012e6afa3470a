import type { NodeDescription } from '@meridian/protocol';
import { CONFIG } from '../../apps/edge-control/src/config.ts';
import type { RegionSnapshot } from '../../apps/edge-control/src/fleet/contract.ts';
import { ANY_PLACE, type Candidate, PLACEMENT, place } from '../../apps/edge-control/src/placement/index.ts';
import type { CatalogueRegion } from './catalogue.ts';
import type { Seconds } from './demand.ts';

/** How many nodes a region has, and participants each takes. */
export type RegionSize = { nodes: number; capacity: number };

export type SimulatedNode = {
  readonly description: NodeDescription;
  /** Its region's place in the catalogue. */
  readonly region: number;
  participants: number;
};

/** All nodes, and the picture of them that the edge has. Regions are numbered as in the catalogue. */
export class SimulatedFleet {
  readonly #regions: readonly SimulatedNode[][];
  readonly #catalogue: readonly CatalogueRegion[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #random: () => number;
  readonly #lost = new Set<number>();
  #snapshot: RegionSnapshot[] = [];
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(catalogue: readonly CatalogueRegion[], sizes: readonly RegionSize[], random: () => number) {
    this.#catalogue = catalogue;
    this.#numbers = new Map(catalogue.map(({ id }, number) => [cellOf(id), number]));
    this.#random = random;
    this.#regions = catalogue.map((region, number) => {
      const { nodes, capacity } = sizes[number] ?? { nodes: 0, capacity: 0 };
      return Array.from({ length: nodes }, (_, i) => ({
        description: describe(region, `${region.id}-${i + 1}`, capacity),
        region: number,
        participants: 0,
      }));
    });
  }

  nodesIn(region: number): readonly SimulatedNode[] {
    return this.#regions[region] ?? [];
  }

  participantsIn(region: number): number {
    return this.nodesIn(region).reduce((sum, { participants }) => sum + participants, 0);
  }

  isLost(region: number): boolean {
    return this.#lost.has(region);
  }

  /** A region is gone; everybody sees it at once. */
  lose(region: number): void {
    this.#lost.add(region);
    this.#takenAt = Number.NEGATIVE_INFINITY;
  }

  restore(region: number): void {
    this.#lost.delete(region);
    this.#takenAt = Number.NEGATIVE_INFINITY;
  }

  /** The fleet as an edge isolate sees it, so old as it may be. */
  snapshot(now: Seconds): readonly RegionSnapshot[] {
    if (now - this.#takenAt < CONFIG.placement.snapshotMs / 1_000) return this.#snapshot;
    this.#takenAt = now;
    this.#snapshot = this.#catalogue.map(({ id, location }, number) => {
      const nodes = this.#lost.has(number) ? [] : this.nodesIn(number);
      const capacity = nodes.reduce((sum, { description }) => sum + description.capacity, 0);
      const free = nodes.reduce(
        (sum, node) => sum + Math.max(0, node.description.capacity - node.participants),
        0,
      );
      return {
        region: id,
        cell: cellOf(id),
        location,
        nodes_up: nodes.length,
        capacity,
        free,
        reported_at: now,
      };
    });
    return this.#snapshot;
  }

  /** What a cell does when it is asked for a place: it knows its nodes as they are. */
  reserve(
    cell: string,
    hosts: (node: SimulatedNode) => boolean,
    exclude: readonly string[],
  ): SimulatedNode | null {
    const number = this.#numbers.get(cell);
    if (number === undefined || this.#lost.has(number)) return null;
    const candidates = this.nodesIn(number).map((node) => candidateOf(node, hosts(node)));
    return place({ ...ANY_PLACE, exclude }, candidates, PLACEMENT, this.#random).chosen?.node ?? null;
  }
}

type NodeCandidate = Candidate & { readonly node: SimulatedNode };

/** As a cell sees its node (`candidateOf` of the cell), which here is always well and not busy but by its people. */
function candidateOf(node: SimulatedNode, hosts: boolean): NodeCandidate {
  const { node_id, region, location, capacity, caps_version, failure_domain } = node.description;
  const { participants } = node;
  return {
    node,
    id: node_id,
    region,
    location,
    rtt_ms: null,
    capacity,
    participants,
    reserved: 0,
    busy: 0,
    health: 'up',
    caps_version,
    failure_domain,
    attached: hosts && participants < capacity * PLACEMENT.meeting.share ? 1 : null,
  };
}

function cellOf(region: string): string {
  return `${region}:0`;
}

function describe(region: CatalogueRegion, node_id: string, capacity: number): NodeDescription {
  return {
    node_id,
    boot_id: '00000000-0000-4000-8000-000000000000',
    region: region.id,
    location: region.location,
    url: `wss://${node_id}.${region.id}.media.example/media`,
    relay_url: `wss://${node_id}.${region.id}.media.example/relay`,
    address: '192.0.2.1',
    port: 40_000,
    dtls_fingerprint: '',
    failure_domain: node_id,
    capacity,
    bits_capacity_per_s: 1e9,
    version: '0',
    caps_version: 1,
  };
}
