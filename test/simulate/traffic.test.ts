import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNode,
  EMPTY_TOPOLOGY,
  removeNode,
  type Topology,
} from '../../apps/edge-control/src/topology/index.ts';
import { bitsPerPerson, crossing } from './traffic.ts';

const location = { latitude: 0, longitude: 0 };
const topologyOf = (nodes: readonly { id: string; region: number }[]): Topology =>
  nodes.reduce(
    (topology, { id, region }) => addNode(topology, { node_id: id, region: `r${region}`, location }),
    EMPTY_TOPOLOGY,
  );

describe('crossing', () => {
  it('is nothing within a region', () => {
    const nodes = [
      { id: 'a', region: 0, people: 3 },
      { id: 'b', region: 0, people: 2 },
    ];
    expect(crossing(topologyOf(nodes).links, nodes)).toEqual({ relayed: 0, bound: 0, direct: 0 });
  });

  it('is one copy of each stream into each other region', () => {
    const nodes = [
      { id: 'a', region: 0, people: 4 },
      { id: 'b', region: 1, people: 1 },
      { id: 'c', region: 2, people: 1 },
    ];
    const each = bitsPerPerson(6);
    const { relayed, bound, direct } = crossing(topologyOf(nodes).links, nodes);
    expect(relayed).toBeCloseTo(6 * 2 * each);
    expect(bound).toBeCloseTo(relayed);
    expect(direct).toBeCloseTo((4 * 2 + 5 + 5) * each);
  });

  it('meets the bound on every topology that meetings come to have, and beats fetching each stream alone', () => {
    const anyNode = fc.record({ id: fc.nat(20).map((id) => `n${id}`), region: fc.nat(4), people: fc.nat(6) });
    const anyNodes = fc.uniqueArray(anyNode, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyNodes, fc.nat(11), (nodes, gone) => {
        const lost = nodes[gone];
        const left = nodes.filter((node) => node !== lost);
        const before = topologyOf(nodes);
        const after = lost ? removeNode(before, lost.id) : before;
        const { relayed, bound, direct } = crossing(after.links, left);
        expect(relayed).toBeCloseTo(bound, 3);
        expect(relayed).toBeLessThanOrEqual(direct + 1e-3);
      }),
    );
  });
});

describe('bitsPerPerson', () => {
  it('falls with the size of the meeting', () => {
    const sizes = [2, 4, 5, 9, 10, 40, 100, 1_000].map(bitsPerPerson);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(new Set(sizes).size).toBeGreaterThan(4);
  });
});
