import type { Reservation } from '../fleet/contract.ts';
import type { MeetingNode } from '../placement/index.ts';
import { ROOM } from './config.ts';
import type { Operation } from './operation.ts';
import { NO_LOAD } from './roster.ts';

/** The nodes of the meeting as placement sees them. */
export function meetingNodes(op: Operation): MeetingNode[] {
  const loads = op.state.roster.loads();
  return op.state.mesh.allAlive().map((entry) => ({
    node: entry.node,
    ...(loads.get(entry.node.node_id) ?? NO_LOAD),
    reachable: entry.draining_until === null && op.isHeard(entry),
  }));
}

/** The node is one of the meeting from now on, also when it was lost and the fleet has it again. */
export function joinMesh(op: Operation, { node, cell }: Pick<Reservation, 'node' | 'cell'>): void {
  const { mesh, topology, timers } = op.state;
  const known = mesh.get(node.node_id);
  timers.clear('idle_node', node.node_id);
  // A node that restarted has another port or certificate.
  const same = known?.lost_at === null && JSON.stringify(known.node) === JSON.stringify(node);
  if (same) return;
  if (known?.lost_at !== null) timers.clear('drain', node.node_id);
  mesh.put({ node, cell, added_at: known?.added_at ?? op.now, draining_until: null, lost_at: null });
  topology.add(node);
  // Whose standby it is would not find it by what they were told.
  for (const member of op.state.roster.all()) {
    if (member.standby_node_id === node.node_id) op.tellStandby(member);
  }
  op.changeDesired();
}

export function leaveMesh(op: Operation, nodeId: string): void {
  op.state.mesh.remove(nodeId);
  op.state.topology.remove(nodeId);
  for (const kind of ['idle_node', 'drain', 'verdict', 'unheard'] as const)
    op.state.timers.clear(kind, nodeId);
  op.changeDesired();
}

/** Lets a node leave the mesh after a while, when it matters to nobody any more. */
export function idleNode(op: Operation, nodeId: string): void {
  const entry = op.state.mesh.get(nodeId);
  if (!entry || op.state.roster.dependOn(nodeId) > 0) return;
  const leaving = entry.draining_until !== null || entry.lost_at !== null || !op.isHeard(entry);
  op.state.timers.set('idle_node', op.now + (leaving ? ROOM.move.lingerMs : ROOM.mesh.idleNodeMs), nodeId);
}
