import { idleNode } from './membership.ts';
import type { Operation } from './operation.ts';
import { withdrawStandby } from './standby.ts';

/**
 * The fleet counts a node as lost: the others relay around it, it is nobody's standby, and whoever is still there is
 * moved one by one. It keeps its link and what it has, in case some of it still works. False when that is known.
 */
export function loseNode(op: Operation, nodeId: string): boolean {
  const { mesh, topology, timers } = op.state;
  const entry = mesh.alive(nodeId);
  if (!entry) return false;
  mesh.put({ ...entry, lost_at: op.now });
  topology.remove(nodeId);
  timers.clear('verdict', nodeId);
  timers.set('drain', op.now, nodeId);
  withdrawStandby(op, nodeId);
  idleNode(op, nodeId);
  op.changeDesired();
  return true;
}
