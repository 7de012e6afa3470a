import { type FleetNode, type FleetRegion, NodeVerdict } from '@meridian/protocol';

/** What the nodes of each region come to. Regions in the order of their first node. */
export function census(nodes: readonly FleetNode[]): FleetRegion[] {
  const byRegion = Map.groupBy(nodes, ({ node }) => node.region);
  return [...byRegion].flatMap(([region, members]) => {
    const [first] = members;
    return first ? [{ region, location: first.node.location, ...totals(members) }] : [];
  });
}

function totals(members: readonly FleetNode[]): Omit<FleetRegion, 'region' | 'location'> {
  const nodes = counts(members);
  let participants = 0;
  let capacity = 0;
  let free = 0;
  for (const { node, verdict, load, reserved } of members) {
    if (verdict === 'lost') continue;
    const here = load?.participants ?? 0;
    participants += here;
    capacity += node.capacity;
    if (verdict === 'up') free += Math.max(0, node.capacity - here - reserved);
  }
  return { nodes, participants, capacity, free };
}

function counts(members: readonly FleetNode[]): Record<NodeVerdict, number> {
  const count = (verdict: NodeVerdict) => members.filter((member) => member.verdict === verdict).length;
  const { up, suspect, lost, draining, full } = NodeVerdict.enum;
  return {
    up: count(up),
    suspect: count(suspect),
    lost: count(lost),
    draining: count(draining),
    full: count(full),
  };
}
