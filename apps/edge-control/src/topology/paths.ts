import type { TopologyLink } from './topology.ts';

/**
 * The way a stream takes from its origin: each node that is reached, in order of hops and then of ids, with the
 * node it gets the stream from; null for the origin itself. Shortest ways, and among equals the neighbour with the
 * lower id, so that every node draws the same tree from the same links.
 */
export function breadthFirstTree(
  links: readonly TopologyLink[],
  origin: string,
): ReadonlyMap<string, string | null> {
  const neighbours = neighboursOf(links);
  const parents = new Map<string, string | null>([[origin, null]]);
  // A map is walked in the order of insertion, and what is inserted meanwhile is walked too: the queue of the search.
  for (const node of parents.keys()) {
    for (const neighbour of neighbours.get(node) ?? []) {
      if (!parents.has(neighbour)) parents.set(neighbour, node);
    }
  }
  return parents;
}

/** The nodes a stream passes, both ends included; null when no links lead there. */
export function pathBetween(links: readonly TopologyLink[], from: string, to: string): string[] | null {
  const parents = breadthFirstTree(links, from);
  if (!parents.has(to)) return null;
  const path: string[] = [];
  for (let node: string | null = to; node !== null; node = parents.get(node) ?? null) path.unshift(node);
  return path;
}

function neighboursOf(links: readonly TopologyLink[]): Map<string, string[]> {
  const neighbours = new Map<string, string[]>();
  const add = (node: string, neighbour: string) => {
    const known = neighbours.get(node);
    if (known) known.push(neighbour);
    else neighbours.set(node, [neighbour]);
  };
  for (const { a, b } of links) {
    add(a, b);
    add(b, a);
  }
  for (const list of neighbours.values()) list.sort();
  return neighbours;
}
