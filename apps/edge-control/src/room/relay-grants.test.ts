import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { addNode, EMPTY_TOPOLOGY, removeNode, type Topology } from '../topology/index.ts';
import { ROOM } from './config.ts';
import { RelayGrants } from './relay-grants.ts';

const ORIGIN = { latitude: 0, longitude: 0 };
const withNodes = (...ids: string[]): Topology =>
  ids.reduce(
    (topology, node_id) => addNode(topology, { node_id, region: node_id, location: ORIGIN }),
    EMPTY_TOPOLOGY,
  );

function room(current: Topology) {
  let now = 1_700_000_000_000;
  const topology = { current };
  const state = { session: { active: { meeting: { id: crypto.randomUUID() } } }, topology };
  const grants = new RelayGrants({ env, state, now: () => now });
  const pass = (ms: number) => {
    now += ms;
  };
  return { topology, grants, pass };
}

describe('relay grants', () => {
  it('are one for each link, held by the node that dials', async () => {
    const { grants } = room(withNodes('a', 'b', 'c'));
    await grants.mint();
    expect(Object.keys(grants.of('a'))).toEqual(['b', 'c']);
    expect(Object.keys(grants.of('b'))).toEqual(['c']);
    expect(grants.of('c')).toEqual({});
  });

  it('are there for links that come while others are signed, whoever is first', async () => {
    const { grants, topology } = room(withNodes('a', 'b'));
    const first = grants.mint();
    topology.current = addNode(topology.current, { node_id: 'c', region: 'c', location: ORIGIN });
    const second = grants.mint();
    await first;
    expect(Object.keys(grants.of('a'))).toEqual(['b', 'c']);
    await second;
    expect(Object.keys(grants.of('b'))).toEqual(['c']);
  });

  it('are there for the links that the loss of a hub would bring', async () => {
    const nodes = ['hub-a', 'leaf-a', 'hub-b', 'leaf-b'];
    const place = (node_id: string) => ({ node_id, region: node_id.slice(-1), location: ORIGIN });
    const { grants } = room(nodes.map(place).reduce(addNode, EMPTY_TOPOLOGY));
    await grants.mint();
    const held = nodes.map((id) => `${id}: ${Object.keys(grants.of(id)).sort().join()}`);
    expect(held).toEqual(['hub-a: hub-b,leaf-a,leaf-b', 'leaf-a: ', 'hub-b: leaf-a,leaf-b', 'leaf-b: ']);
  });

  it('of a node that has gone are given to nobody, and made anew when it is back', async () => {
    const { grants, topology } = room(withNodes('a', 'b'));
    await grants.mint();
    const before = grants.of('a');
    topology.current = removeNode(topology.current, 'b');
    expect(grants.of('a')).toEqual({});
    await grants.mint();
    topology.current = withNodes('a', 'b');
    expect(grants.of('a')).toEqual({});
    await grants.mint();
    expect(Object.keys(grants.of('a'))).toEqual(Object.keys(before));
  });

  it('are renewed well before they run out', async () => {
    const { grants, pass } = room(withNodes('a', 'b'));
    await grants.mint();
    const before = grants.of('a');
    pass(ROOM.mesh.renewGrantsMs - 1);
    await grants.mint();
    expect(grants.of('a')).toEqual(before);
    pass(1);
    await grants.mint();
    expect(grants.of('a')).not.toEqual(before);
  });
});
