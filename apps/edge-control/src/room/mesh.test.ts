import { describe, expect, it } from 'vitest';
import { ROOM } from './config.ts';
import { chooseNode, distanceKm, type MeshCandidate } from './mesh.ts';
import { type City, locationOf, nodeIn } from './testing/fixtures.ts';

const candidate = (city: City, id: string, change: Partial<MeshCandidate> = {}): MeshCandidate => ({
  node: nodeIn(city, id),
  attached: 1,
  reachable: true,
  ...change,
});

describe('chooseNode', () => {
  it('keeps the reserved place in a meeting without nodes', () => {
    expect(chooseNode([], nodeIn('amsterdam'), null)).toMatchObject({
      node: { node_id: 'amsterdam' },
      keepReservation: true,
      reason: 'reserved_node_joins',
    });
  });

  it('keeps the reserved place when it is on a node the meeting has', () => {
    const mesh = [candidate('amsterdam', 'ams-1', { attached: 400, reachable: false })];
    expect(chooseNode(mesh, nodeIn('amsterdam', 'ams-1'), null)).toMatchObject({
      keepReservation: true,
      reason: 'reserved_node_in_mesh',
    });
  });

  it('reuses the emptiest node of the region, by id among equals', () => {
    const mesh = [
      candidate('amsterdam', 'ams-3', { attached: 9 }),
      candidate('amsterdam', 'ams-2', { attached: 3 }),
      candidate('amsterdam', 'ams-1', { attached: 3 }),
    ];
    expect(chooseNode(mesh, nodeIn('amsterdam', 'ams-9'), locationOf('amsterdam'))).toMatchObject({
      node: { node_id: 'ams-1' },
      keepReservation: false,
      reason: 'same_region',
    });
  });

  it('leaves full nodes and those without a link alone', () => {
    const full = candidate('amsterdam', 'ams-1', { attached: 500 * ROOM.mesh.reuseFill });
    const gone = candidate('amsterdam', 'ams-2', { reachable: false });
    expect(chooseNode([full, gone], nodeIn('amsterdam', 'ams-9'), null).node.node_id).toBe('ams-9');
  });

  it('reuses a node elsewhere when a nearer one gains little, and lets the nearer one in when it gains much', () => {
    const mesh = [candidate('amsterdam', 'ams-1')];
    expect(chooseNode(mesh, nodeIn('frankfurt'), locationOf('frankfurt'))).toMatchObject({
      node: { node_id: 'ams-1' },
      reason: 'near_enough',
    });
    for (const location of [locationOf('virginia'), null]) {
      expect(chooseNode(mesh, nodeIn('virginia'), location)).toMatchObject({
        node: { node_id: 'virginia' },
        keepReservation: true,
      });
    }
  });

  it('knows distances', () => {
    expect(distanceKm(locationOf('amsterdam'), locationOf('frankfurt'))).toBeCloseTo(370, -2);
    expect(distanceKm(locationOf('amsterdam'), locationOf('virginia'))).toBeCloseTo(6_200, -3);
    expect(distanceKm({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 })).toBeLessThan(
      30,
    );
  });
});
