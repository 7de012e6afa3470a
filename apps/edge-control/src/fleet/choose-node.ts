/** What the choice looks at. */
export type NodeFigures = {
  node_id: string;
  capacity: number;
  participants: number;
  /** CPU of each mediasoup worker, as a fraction of one core. */
  cpu: readonly number[];
};

/** Places left once everybody who is on the way has arrived. */
export function freePlaces(node: NodeFigures, reserved: number): number {
  return Math.max(0, node.capacity - node.participants - reserved);
}

/**
 * Two random choices: of two nodes picked blindly the emptier one. Spreads nearly as well as always taking the
 * emptiest, without sending every joiner between two heartbeats to the same node.
 * Null when no node has a free place.
 */
export function chooseNode<N extends NodeFigures>(
  nodes: readonly N[],
  reservations: (nodeId: string) => number,
  random: () => number,
): N | null {
  const open = nodes.filter((node) => freePlaces(node, reservations(node.node_id)) > 0);
  const first = open[Math.floor(random() * open.length)];
  if (!first) return null;
  const others = open.filter((node) => node !== first);
  const second = others[Math.floor(random() * others.length)];
  if (!second) return first;
  return emptier(first, second, reservations);
}

function emptier<N extends NodeFigures>(a: N, b: N, reservations: (nodeId: string) => number): N {
  const fullness = (node: N) => (node.participants + reservations(node.node_id)) / node.capacity;
  const difference = fullness(a) - fullness(b);
  if (difference !== 0) return difference < 0 ? a : b;
  return meanOf(a.cpu) <= meanOf(b.cpu) ? a : b;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
