import type { roomLink } from '@meridian/protocol';

type Mesh = roomLink.DesiredState['mesh'];

export type MeshPlan = {
  /** Neighbours to have a socket to that this node dials, with what it takes. */
  dial: { nodeId: string; url: string; token: string }[];
  /** Nodes that are no neighbours any more. */
  drop: string[];
};

/** Of each pair, the node whose id sorts first dials: so there is one socket, not two or none. */
export function dials(self: string, other: string): boolean {
  return self < other;
}

/** What to do about the other nodes of a meeting, given the neighbours and those there are links with. */
export function planMesh(
  self: string,
  neighbours: ReadonlySet<string>,
  mesh: Mesh,
  grants: Readonly<Record<string, string>>,
  linked: Iterable<string>,
): MeshPlan {
  const members = new Set(mesh.map((member) => member.node_id));
  const isNeighbour = (id: string) => members.has(self) && members.has(id) && neighbours.has(id);
  const dial: MeshPlan['dial'] = [];
  for (const { node_id: nodeId, relay_url: url } of mesh) {
    const token = grants[nodeId];
    if (isNeighbour(nodeId) && dials(self, nodeId) && token !== undefined) dial.push({ nodeId, url, token });
  }
  return { dial, drop: [...linked].filter((nodeId) => !isNeighbour(nodeId)) };
}
