import { LIMITS, meshLinks, type relay, type roomLink } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RelayTopology } from './route.ts';

/** Nodes whose ids say nothing about where in the topology they are. */
const nodesOf = (count: number) => Array.from({ length: count }, (_, i) => `n${(i * 7) % 100}-${i}`);
const link = (one: string, other: string): roomLink.Link =>
  one < other ? { a: one, b: other } : { a: other, b: one };

/** Hubs that are all linked with one another, and leaves that hang on one each: what the room makes. */
const regions = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 }).map((leavesOf) => {
  const ids = nodesOf(leavesOf.length + leavesOf.reduce((sum, leaves) => sum + leaves, 0));
  const hubs = ids.slice(0, leavesOf.length);
  const links = hubs.flatMap((hub, i) => hubs.slice(i + 1).map((other) => link(hub, other)));
  let next = hubs.length;
  for (const [index, leaves] of leavesOf.entries()) {
    for (let i = 0; i < leaves; i++) links.push(link(hubs[index] ?? '', ids[next++] ?? ''));
  }
  return { ids, links };
});

/** Anything that is connected, circles and all, with paths that a stream may take. */
const tangles = fc
  .integer({ min: 1, max: 9 })
  .chain((count) =>
    fc.record({
      ids: fc.constant(nodesOf(count)),
      /** To which of those before it each node is tied. */
      ties: fc.array(fc.nat(), { minLength: count, maxLength: count }),
      more: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 12 }),
    }),
  )
  .map(({ ids, ties, more }) => {
    const at = (index: number) => ids[index] ?? '';
    const links = ids.slice(1).map((id, i) => link(id, at((ties[i] ?? 0) % (i + 1))));
    for (const [a, b] of more) if (a !== b) links.push(link(at(a), at(b)));
    return { ids, links };
  });

/** Announces a stream at `origin` and lets every node pass it on; the ways it came to each. */
function spread(ids: readonly string[], origin: string, linksOf: (node: string) => roomLink.Link[]) {
  return spreadBy(ids, origin, (id) => new RelayTopology(id, linksOf(id)));
}

function spreadBy(ids: readonly string[], origin: string, topologyOf: (node: string) => RelayTopology) {
  const came = new Map<string, relay.RelayRoute[]>(ids.map((id) => [id, []]));
  const topologies = new Map(ids.map((id) => [id, topologyOf(id)]));
  const queue = [{ at: origin, route: { origin, path: [origin] } }];
  for (const { at, route } of queue) {
    const topology = topologies.get(at);
    for (const neighbour of topology?.neighbours ?? []) {
      if (topology?.passesOn(route, neighbour) !== true || !came.has(neighbour)) continue;
      came.get(neighbour)?.push(route);
      queue.push({ at: neighbour, route: { origin, path: [...route.path, neighbour] } });
    }
    if (queue.length > 10_000) throw new Error('it goes on for ever');
  }
  return { came, topologies };
}

describe('streams pass along the links', () => {
  test('in the topologies a room makes, to every node exactly once, over three hops at most', () => {
    fc.assert(
      fc.property(regions, fc.nat(), ({ ids, links }, start) => {
        const origin = ids[start % ids.length] ?? '';
        const { came, topologies } = spread(ids, origin, () => links);
        for (const [node, routes] of came) {
          expect(routes).toHaveLength(node === origin ? 0 : 1);
          for (const { path } of routes) {
            expect(path.length).toBeLessThanOrEqual(3);
            expect(new Set(path).size).toBe(path.length);
            expect(path.at(-1)).toBe(topologies.get(node)?.parent(origin));
          }
        }
      }),
    );
  });

  test('in any that is connected, to every node exactly once, over no more than the hops allowed', () => {
    fc.assert(
      fc.property(tangles, fc.nat(), ({ ids, links }, start) => {
        const origin = ids[start % ids.length] ?? '';
        for (const [node, routes] of spread(ids, origin, () => links).came) {
          expect(routes).toHaveLength(node === origin ? 0 : 1);
          for (const { path } of routes) expect(path.length).toBeLessThanOrEqual(LIMITS.relayHops);
        }
      }),
    );
  });

  test('without going in circles while nodes have different epochs of the topology', () => {
    fc.assert(
      fc.property(
        tangles,
        tangles,
        fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        (one, other, newer) => {
          const ids = one.ids.length > other.ids.length ? one.ids : other.ids;
          const linksOf = (node: string) => (newer[ids.indexOf(node)] ? other.links : one.links);
          for (const routes of spread(ids, ids[0] ?? '', linksOf).came.values()) {
            for (const { path } of routes) expect(new Set(path).size).toBe(path.length);
          }
        },
      ),
    );
  });
});

describe('when a node is lost and the room is away', () => {
  /** Nodes in the order they came, of up to four regions, and one of them. */
  const meetings = fc.array(fc.nat(3), { minLength: 2, maxLength: 9 }).chain((places) =>
    fc.record({
      mesh: fc.constant(
        nodesOf(places.length).map((node_id, i) => ({ node_id, region: `region-${places[i]}` })),
      ),
      lost: fc.nat(places.length - 1),
      start: fc.nat(),
    }),
  );

  test('those who were linked with it bring every stream to everybody else, by the way the room would choose', () => {
    fc.assert(
      fc.property(meetings, ({ mesh, lost, start }) => {
        const dead = mesh[lost]?.node_id ?? '';
        const links = meshLinks(mesh);
        const repaired = meshLinks(mesh.filter(({ node_id }) => node_id !== dead));
        const alive = mesh.map(({ node_id }) => node_id).filter((id) => id !== dead);
        const origin = alive[start % alive.length] ?? '';
        const topologyOf = (id: string) => {
          const plain = new RelayTopology(id, links);
          if (!plain.neighbours.has(dead)) return plain;
          const { neighbours } = new RelayTopology(id, repaired);
          const beside = new Set([...neighbours].filter((one) => !plain.neighbours.has(one)));
          return new RelayTopology(id, links, { links: repaired, beside });
        };
        const { came, topologies } = spreadBy(alive, origin, topologyOf);
        for (const id of alive.filter((one) => one !== origin)) {
          const routes = came.get(id) ?? [];
          for (const { path } of routes) expect(new Set(path).size).toBe(path.length);
          const parent = new RelayTopology(id, repaired).parent(origin);
          expect(topologies.get(id)?.parent(origin)).toBe(parent);
          expect(routes.map(({ path }) => path.at(-1))).toContain(parent);
        }
      }),
    );
  });
});

test('a line longer than the hops allowed ends there', () => {
  const ids = nodesOf(LIMITS.relayHops + 3);
  const links = ids.slice(1).map((id, i) => link(id, ids[i] ?? ''));
  const { came } = spread(ids, ids[0] ?? '', () => links);
  expect(ids.filter((id) => came.get(id)?.length === 1)).toEqual(ids.slice(1, LIMITS.relayHops + 1));
});

test('a node that is not in the topology has no neighbours and passes nothing on', () => {
  const topology = new RelayTopology('c', [link('a', 'b')]);
  expect([...topology.neighbours]).toEqual([]);
  expect(topology.passesOn({ origin: 'a', path: ['a'] }, 'b')).toBe(false);
  expect(topology.parent('a')).toBeUndefined();
});
