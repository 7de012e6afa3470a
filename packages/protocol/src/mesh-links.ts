import type { NodeId, RegionId } from './ids.ts';
import type { Link } from './room-link.ts';

type MeshNode = { readonly node_id: NodeId; readonly region: RegionId };

/**
 * Which nodes of a meeting have a relay between them. `nodes` in the order they came to it: the first of each region is
 * its hub. Hubs are all linked with one another, and the others of a region with their hub. By `a`, then `b`.
 *
 * The room decides by it; nodes do while the room is away and one of them is lost.
 */
export function meshLinks(nodes: Iterable<MeshNode>): Link[] {
  const hubs = new Map<string, string>();
  const links: Link[] = [];
  for (const { node_id, region } of nodes) {
    const hub = hubs.get(region);
    if (hub !== undefined) {
      links.push(linkBetween(hub, node_id));
    } else {
      for (const other of hubs.values()) links.push(linkBetween(other, node_id));
      hubs.set(region, node_id);
    }
  }
  return links.sort((x, y) => compare(x.a, y.a) || compare(x.b, y.b));
}

function linkBetween(one: string, other: string): Link {
  return one < other ? { a: one, b: other } : { a: other, b: one };
}

function compare(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
