import type { Link } from './room-link.ts';

/**
 * The way a stream takes from its origin: each node that is reached, in order of hops and then of ids, with the
 * node it gets the stream from; null for the origin itself. Shortest ways, and among equals the neighbour with the
 * lower id, so that every node draws the same tree from the same links.
 */
export function breadthFirstTree(links: readonly Link[], origin: string): ReadonlyMap<string, string | null> {
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

function neighboursOf(links: readonly Link[]): Map<string, string[]> {
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
