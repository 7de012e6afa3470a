import { type Location, meshLinks, type roomLink } from '@meridian/protocol';

/** Two nodes with a relay between them, `a` before `b`. */
export type TopologyLink = roomLink.Link;

export type TopologyNode = { readonly node_id: string; readonly region: string; readonly location: Location };

/**
 * Which nodes of a meeting have a relay between them. The nodes of a region hang on one of them, its hub, and the
 * hubs are all linked with each other: a stream crosses from one region into another once, and takes at most three
 * hops (leaf, hub, hub, leaf). Two nodes of one region are a plain pair.
 *
 * The hub is the node that has been in the region longest. So links follow from the order of the nodes alone, and
 * change as little as can be: a node that joins moves no link of others, and the loss of one changes links of its
 * own region only.
 */
export type Topology = {
  /** In the order they came. */
  readonly nodes: readonly TopologyNode[];
  /** By `a`, then `b`, so that the same topology always reads the same. */
  readonly links: readonly TopologyLink[];
  /** Rises by one with each change of nodes or links. */
  readonly epoch: number;
};

export const EMPTY_TOPOLOGY: Topology = { nodes: [], links: [], epoch: 0 };

/** A node joins as the last of its region. One that is there already changes nothing, unless it has moved. */
export function addNode(topology: Topology, node: TopologyNode): Topology {
  const known = topology.nodes.find(({ node_id }) => node_id === node.node_id);
  if (known?.region === node.region) return topology;
  const others = topology.nodes.filter((one) => one !== known);
  return next(topology, [...others, node]);
}

/** A node is gone. When it was the hub, the one that has been there longest after it takes its place. */
export function removeNode(topology: Topology, nodeId: string): Topology {
  const left = topology.nodes.filter(({ node_id }) => node_id !== nodeId);
  return left.length === topology.nodes.length ? topology : next(topology, left);
}

/** The node over which the others of a region are reached; null when the meeting has none there. */
export function hubOf(topology: Topology, region: string): string | null {
  return topology.nodes.find((node) => node.region === region)?.node_id ?? null;
}

function next(former: Topology, nodes: readonly TopologyNode[]): Topology {
  return { nodes, links: meshLinks(nodes), epoch: former.epoch + 1 };
}

/**
 * The links there are, and those there would be without any one of the nodes. Nodes may have to open the latter by
 * themselves, when a hub is lost while the room is away.
 */
export function possibleLinks(topology: Topology): TopologyLink[] {
  const links = new Map(topology.links.map((link) => [`${link.a} ${link.b}`, link]));
  const hubs = new Set(topology.nodes.map(({ region }) => hubOf(topology, region)));
  for (const hub of hubs) {
    // Without one that is no hub there are links the fewer, and no others.
    const left = topology.nodes.filter(({ node_id }) => node_id !== hub);
    for (const link of meshLinks(left)) links.set(`${link.a} ${link.b}`, link);
  }
  return [...links.values()];
}
