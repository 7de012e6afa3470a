import { breadthFirstTree } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNode,
  EMPTY_TOPOLOGY,
  hubOf,
  possibleLinks,
  removeNode,
  type Topology,
  type TopologyLink,
  type TopologyNode,
} from './index.ts';

const REGIONS = ['eu-west', 'eu-central', 'us-east', 'ap-south', 'sa-east'];

function node(node_id: string, region: string): TopologyNode {
  return { node_id, region, location: { latitude: 0, longitude: 0 } };
}

function meeting(...nodes: readonly TopologyNode[]): Topology {
  return nodes.reduce(addNode, EMPTY_TOPOLOGY);
}

/** The nodes a stream passes, both ends included; null when no links lead there. */
function pathBetween(links: readonly TopologyLink[], from: string, to: string): string[] | null {
  const parents = breadthFirstTree(links, from);
  if (!parents.has(to)) return null;
  const path: string[] = [];
  for (let id: string | null = to; id !== null; id = parents.get(id) ?? null) path.unshift(id);
  return path;
}

const names = (links: readonly TopologyLink[]) => links.map(({ a, b }) => `${a}–${b}`);
const linksAt = ({ links }: Topology, nodeId: string) =>
  links.filter(({ a, b }) => a === nodeId || b === nodeId);

const anyNode = fc
  .record({ id: fc.nat(30), region: fc.constantFrom(...REGIONS) })
  .map(({ id, region }) => node(`n${id}`, region));
const anyNodes = fc.uniqueArray(anyNode, { selector: ({ node_id }) => node_id, maxLength: 25 });
type Step = { add: TopologyNode } | { remove: string };
const anySteps = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ add: anyNode }), weight: 3 },
    { arbitrary: fc.record({ remove: fc.nat(30).map((id) => `n${id}`) }), weight: 1 },
  ),
  { maxLength: 60 },
);
const take = (topology: Topology, step: Step) =>
  'add' in step ? addNode(topology, step.add) : removeNode(topology, step.remove);
const anyTopology = anySteps.map((steps) => steps.reduce(take, EMPTY_TOPOLOGY));
const inhabited = anyTopology.filter(({ nodes }) => nodes.length > 0);
/** A topology and one of its nodes. */
const withOne = inhabited.chain((topology) =>
  fc.tuple(fc.constant(topology), fc.constantFrom(...topology.nodes)),
);

describe('a topology', () => {
  it('is a plain pair of two nodes, wherever they are', () => {
    expect(names(meeting(node('b', 'eu-west'), node('a', 'eu-west')).links)).toEqual(['a–b']);
    expect(names(meeting(node('b', 'eu-west'), node('a', 'us-east')).links)).toEqual(['a–b']);
  });

  it('links the hubs of all regions, and leaves to their hub', () => {
    const topology = meeting(
      node('eu-1', 'eu-west'),
      node('us-1', 'us-east'),
      node('eu-2', 'eu-west'),
      node('ap-1', 'ap-south'),
      node('eu-3', 'eu-west'),
    );
    expect(names(topology.links)).toEqual(['ap-1–eu-1', 'ap-1–us-1', 'eu-1–eu-2', 'eu-1–eu-3', 'eu-1–us-1']);
    expect(hubOf(topology, 'eu-west')).toBe('eu-1');
    expect(hubOf(topology, 'sa-east')).toBeNull();
    expect(pathBetween(topology.links, 'eu-3', 'ap-1')).toEqual(['eu-3', 'eu-1', 'ap-1']);
  });

  it('is repaired around a hub that is gone', () => {
    const before = meeting(
      node('eu-1', 'eu-west'),
      node('eu-3', 'eu-west'),
      node('eu-2', 'eu-west'),
      node('us-1', 'us-east'),
    );
    const after = removeNode(before, 'eu-1');
    expect(hubOf(after, 'eu-west')).toBe('eu-3');
    expect(names(after.links)).toEqual(['eu-2–eu-3', 'eu-3–us-1']);
    expect(after.epoch).toBe(before.epoch + 1);
  });

  it('says when nothing has changed', () => {
    const topology = meeting(node('a', 'eu-west'), node('b', 'eu-west'));
    expect(addNode(topology, node('a', 'eu-west'))).toBe(topology);
    expect(removeNode(topology, 'c')).toBe(topology);
  });

  it('takes a node that turns up in another region for a new one', () => {
    const topology = meeting(node('a', 'eu-west'), node('b', 'eu-west'), node('c', 'us-east'));
    const moved = addNode(topology, node('a', 'us-east'));
    expect(hubOf(moved, 'eu-west')).toBe('b');
    expect(names(moved.links)).toEqual(['a–c', 'b–c']);
  });
});

describe('whatever has come and gone, a topology', () => {
  it('has links of its nodes only, each once, in order', () => {
    fc.assert(
      fc.property(anyTopology, ({ nodes, links }) => {
        const ids = new Set(nodes.map(({ node_id }) => node_id));
        expect(ids.size).toBe(nodes.length);
        for (const { a, b } of links) {
          expect(a < b).toBe(true);
          expect(ids.has(a) && ids.has(b)).toBe(true);
        }
        const pairs = links.map(({ a, b }) => `${a} ${b}`);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(pairs).toEqual(pairs.toSorted());
      }),
    );
  });

  it('connects every two nodes by at most three hops, one within a region and its hub', () => {
    fc.assert(
      fc.property(inhabited, ({ nodes, links }) => {
        for (const from of nodes) {
          for (const to of nodes) {
            const hops = (pathBetween(links, from.node_id, to.node_id)?.length ?? Number.NaN) - 1;
            expect(hops).toBeLessThanOrEqual(from.region === to.region ? 2 : 3);
          }
        }
      }),
    );
  });

  it('has one hub in each region, linked with every other, and leaves with one link', () => {
    fc.assert(
      fc.property(inhabited, (topology) => {
        const hubs = new Set(REGIONS.map((region) => hubOf(topology, region)).filter((hub) => hub !== null));
        for (const { node_id, region } of topology.nodes) {
          const links = linksAt(topology, node_id);
          const leaves = topology.nodes.filter((other) => other.region === region).length - 1;
          expect(links).toHaveLength(hubs.has(node_id) ? hubs.size - 1 + leaves : 1);
        }
      }),
    );
  });

  it('knows the links that the loss of any one node would bring', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const after = topology.nodes.flatMap(({ node_id }) => removeNode(topology, node_id).links);
        const expected = new Set([...names(topology.links), ...names(after)]);
        expect(names(possibleLinks(topology)).toSorted()).toEqual([...expected].toSorted());
      }),
    );
  });

  it('leads every stream along the same tree, each node once', () => {
    fc.assert(
      fc.property(withOne, fc.infiniteStream(fc.nat(100)), ([{ nodes, links }, origin], chance) => {
        const tree = breadthFirstTree(links, origin.node_id);
        expect(tree.size).toBe(nodes.length);
        const shuffled = links
          .map((link) => ({ link, key: chance.next().value ?? 0 }))
          .toSorted((x, y) => x.key - y.key)
          .map(({ link }) => link);
        expect([...breadthFirstTree(shuffled, origin.node_id)]).toEqual([...tree]);
        // Into each region a stream comes once, over the link between two hubs.
        const regionOf = new Map(nodes.map(({ node_id, region }) => [node_id, region]));
        const entries = [...tree].filter(
          ([id, parent]) => parent !== null && regionOf.get(parent) !== regionOf.get(id),
        );
        expect(entries).toHaveLength(new Set(regionOf.values()).size - 1);
      }),
    );
  });
});

describe('a change', () => {
  it('by a node that joins moves no link of others', () => {
    fc.assert(
      fc.property(anyTopology, anyNode, (before, newcomer) => {
        fc.pre(before.nodes.every(({ node_id }) => node_id !== newcomer.node_id));
        const after = addNode(before, newcomer);
        const added = names(after.links).filter((name) => !names(before.links).includes(name));
        expect(after.links.length).toBe(before.links.length + added.length);
        expect(added).toEqual(names(linksAt(after, newcomer.node_id)));
        expect(after.epoch).toBe(before.epoch + 1);
      }),
    );
  });

  it('by a node that goes touches its own region only, and nothing but its link when it was a leaf', () => {
    fc.assert(
      fc.property(withOne, ([before, gone]) => {
        const after = removeNode(before, gone.node_id);
        const regionOf = new Map(before.nodes.map(({ node_id, region }) => [node_id, region]));
        const kept = new Set(names(after.links));
        const former = new Set(names(before.links));
        const changed = [
          ...before.links.filter((link) => !kept.has(names([link])[0] ?? '')),
          ...after.links.filter((link) => !former.has(names([link])[0] ?? '')),
        ];
        for (const { a, b } of changed) {
          expect([regionOf.get(a), regionOf.get(b)]).toContain(gone.region);
        }
        if (hubOf(before, gone.region) !== gone.node_id) expect(changed).toHaveLength(1);
      }),
    );
  });

  it('and its opposite leave the links as they were', () => {
    fc.assert(
      fc.property(anyTopology, anyNode, (before, newcomer) => {
        fc.pre(before.nodes.every(({ node_id }) => node_id !== newcomer.node_id));
        const after = removeNode(addNode(before, newcomer), newcomer.node_id);
        expect(after).toEqual({ ...before, epoch: before.epoch + 2 });
      }),
    );
  });

  it('does not depend on the order in which regions came', () => {
    fc.assert(
      fc.property(anyNodes, fc.shuffledSubarray(REGIONS, { minLength: REGIONS.length }), (nodes, order) => {
        const byRegion = order.flatMap((region) => nodes.filter((one) => one.region === region));
        expect(meeting(...byRegion).links).toEqual(meeting(...nodes).links);
      }),
    );
  });
});
