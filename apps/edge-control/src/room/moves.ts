import type { signaling } from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import { addToMesh, type Candidates } from './admission.ts';
import { ROOM } from './config.ts';
import { chooseNode, type NodeChoice } from './mesh.ts';
import type { Operation } from './operation.ts';
import { idleNode, participantRecord } from './presence.ts';
import type { Member } from './roster.ts';

export type MoveReason = signaling.SfuMove['reason'];

/** Attaches a participant to another node. The one before takes their media until it has turned up at the new one. */
export function startMove(
  op: Operation,
  member: Member,
  reservation: Reservation,
  candidates: Candidates,
): NodeChoice {
  const { state, now } = op;
  const others = candidates(op).filter(({ node }) => node.node_id !== member.node_id);
  const choice = chooseNode(others, reservation.node, member.location);
  addToMesh(op, choice.node);
  const moved = state.roster.update(member, {
    node_id: choice.node.node_id,
    region: choice.node.region,
    moving_from: member.node_id,
  });
  state.timers.set('move', now + ROOM.move.arriveMs, member.participant_id);
  if (moved.stage === 'joined') op.record(participantRecord(moved, null));
  if (member.moving_from !== null) idleNode(op, member.moving_from);
  op.changeDesired();
  return choice;
}

/** They have arrived, or are not waited for any longer: the node before may let go of them. */
export function stopMoving(op: Operation, member: Member): void {
  const { moving_from } = member;
  if (moving_from === null) return;
  op.state.timers.clear('move', member.participant_id);
  op.state.roster.update(member, { moving_from: null });
  idleNode(op, moving_from);
}

/** A node reports the participant's media there. */
export function arriveAtNode(op: Operation, member: Member, nodeId: string): void {
  if (member.node_id === nodeId) {
    stopMoving(op, member);
    return;
  }
  const entry = op.state.mesh.get(nodeId);
  // The node they are leaving says so whenever its link comes up; so may one that drains.
  if (!entry || member.moving_from === nodeId || entry.draining_until !== null) return;
  const moved = op.state.roster.update(member, { node_id: nodeId, region: entry.node.region });
  op.state.timers.clear('idle_node', nodeId);
  if (moved.stage === 'joined') op.record(participantRecord(moved, null));
  idleNode(op, member.node_id);
}

/** The node wants to be empty: nobody new goes there, and those there are moved away one by one. */
export function startDraining(op: Operation, nodeId: string, deadline: number): void {
  const { mesh, timers } = op.state;
  const entry = mesh.get(nodeId);
  if (!entry || entry.draining_until !== null) return;
  mesh.put({ ...entry, draining_until: deadline });
  timers.set('drain', op.now, nodeId);
  idleNode(op, nodeId);
}

/** So that all of `left` participants are away at half of what is left of the time. Milliseconds. */
export function drainGap(left: number, remainingMs: number): number {
  return Math.max(1, Math.min(ROOM.move.gapMs, Math.floor(remainingMs / 2 / Math.max(1, left))));
}
