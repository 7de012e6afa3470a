import type { roomLink } from '@meridian/protocol';

type Mesh = roomLink.DesiredState['mesh'];

export type MeshPlan = {
  /** Nodes to have a socket to that this node dials, with what it takes. */
  dial: { nodeId: string; url: string; token: string }[];
  /** Nodes to have nothing to do with any more. */
  drop: string[];
};

/** Of each pair, the node whose id sorts first dials: so there is one socket, not two or none. */
export function dials(self: string, other: string): boolean {
  return self < other;
}

/** What to do about the other nodes of a meeting, given those there are links with. */
export function planMesh(
  self: string,
  mesh: Mesh,
  grants: Readonly<Record<string, string>>,
  linked: Iterable<string>,
): MeshPlan {
  const isMember = mesh.some((member) => member.node_id === self);
  const others = new Map(
    isMember ? mesh.filter((member) => member.node_id !== self).map((m) => [m.node_id, m]) : [],
  );
  const dial: MeshPlan['dial'] = [];
  for (const [nodeId, member] of others) {
    const token = grants[nodeId];
    if (dials(self, nodeId) && token !== undefined) dial.push({ nodeId, url: member.relay_url, token });
  }
  return { dial, drop: [...linked].filter((nodeId) => !others.has(nodeId)) };
}
