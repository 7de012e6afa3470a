import type { Location, NodeDescription } from '@meridian/protocol';
import { ROOM } from './config.ts';

/** A node of the meeting, as far as choosing is concerned. */
export type MeshCandidate = {
  node: NodeDescription;
  /** Participants of this meeting that have a place on it, those on the way included. */
  attached: number;
  /** Has a room link, or has not been without one for long. Without: it may be gone, so nobody new is sent there. */
  reachable: boolean;
};

export type NodeChoice = {
  node: NodeDescription;
  /** True when the reserved place is the one used; otherwise it is given back. */
  keepReservation: boolean;
  reason: 'reserved_node_in_mesh' | 'same_region' | 'near_enough' | 'reserved_node_joins';
};

/**
 * Which node a participant is attached to: one the meeting already has, unless the reserved one is so much nearer
 * that another relay hop is worth it. Among equals the emptiest, then the lowest id, so that the choice can be
 * repeated and explained.
 */
export function chooseNode(
  mesh: readonly MeshCandidate[],
  reserved: NodeDescription,
  location: Location | null,
): NodeChoice {
  if (mesh.some(({ node }) => node.node_id === reserved.node_id)) {
    return { node: reserved, keepReservation: true, reason: 'reserved_node_in_mesh' };
  }
  // Without a location the reserved node stands for it: it was chosen as near.
  const from = location ?? reserved.location;
  const distance = (node: NodeDescription) => distanceKm(from, node.location);
  const usable = mesh
    .filter(({ node, attached, reachable }) => reachable && attached < node.capacity * ROOM.mesh.reuseFill)
    .toSorted((a, b) => a.attached - b.attached || (a.node.node_id < b.node.node_id ? -1 : 1));

  const sameRegion = usable.find(({ node }) => node.region === reserved.region);
  if (sameRegion) return { node: sameRegion.node, keepReservation: false, reason: 'same_region' };

  const nearest = usable.toSorted((a, b) => distance(a.node) - distance(b.node))[0];
  if (nearest && distance(nearest.node) - distance(reserved) < ROOM.mesh.reuseGainKm) {
    return { node: nearest.node, keepReservation: false, reason: 'near_enough' };
  }
  return { node: reserved, keepReservation: true, reason: 'reserved_node_joins' };
}

const EARTH_RADIUS_KM = 6_371;

/** Great-circle distance (haversine). */
export function distanceKm(a: Location, b: Location): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const dLat = rad(b.latitude - a.latitude);
  const dLon = rad(b.longitude - a.longitude);
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}
