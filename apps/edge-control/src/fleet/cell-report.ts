import type { NodeDescription } from '@meridian/protocol';
import { freePlaces } from '../placement/index.ts';
import type { CellReport } from './contract.ts';
import { candidateOf, isMerelyDoubted, type KnownNode } from './known-node.ts';

/** What the directory is told of a cell, by the last verdicts. `promised` are places on the way to a node. */
export function cellReport(
  cell: string,
  nodes: readonly [KnownNode, ...KnownNode[]],
  promised: (nodeId: string) => number,
): CellReport {
  const { region, location } = nodes[0].description;
  const steady = nodes.filter(({ judged }) => judged.verdict === 'up' || judged.verdict === 'full');
  const sums = totals(steady, promised);
  // As `Places` has it: the doubted ones are asked when nobody else has a place.
  const spare = sums.free === 0 ? totals(nodes.filter(isMerelyDoubted), promised) : NONE;
  return {
    region,
    location,
    cell,
    nodes_up: sums.nodes_up + spare.nodes_up,
    capacity: sums.capacity + spare.capacity,
    free: sums.free + spare.free,
    probe_url: probeUrl(steady),
  };
}

/** `/healthz` of one of them, the same one while it is there. */
function probeUrl(nodes: readonly KnownNode[]): string | null {
  const [first] = nodes.map(({ description }) => description).toSorted(byId);
  if (first === undefined || !URL.canParse(first.url)) return null;
  const url = new URL('/healthz', first.url);
  // Regions on one machine are pretend: the way there says nothing of where people are.
  if (LOOPBACK.test(url.hostname)) return null;
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  return url.href;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function byId(a: NodeDescription, b: NodeDescription): number {
  return a.node_id < b.node_id ? -1 : 1;
}

const NONE = { nodes_up: 0, capacity: 0, free: 0 };

function totals(nodes: readonly KnownNode[], promised: (nodeId: string) => number): typeof NONE {
  const sums = { ...NONE, nodes_up: nodes.length };
  for (const node of nodes) {
    sums.capacity += node.description.capacity;
    if (node.judged.verdict === 'full') continue;
    sums.free += freePlaces(candidateOf(node, promised(node.description.node_id), false));
  }
  return sums;
}
