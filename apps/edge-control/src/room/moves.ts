import type { NodeDescription, PlacementCandidate, signaling } from '@meridian/protocol';
import { chooseHeld, chooseNode, explainAll, type MeetingNode, PLACEMENT } from '../placement/index.ts';
import { goOver } from './activation.ts';
import { ROOM } from './config.ts';
import { idleNode, joinMesh, meetingNodes } from './membership.ts';
import type { MeshNode } from './mesh-store.ts';
import type { Operation } from './operation.ts';
import { relocate } from './relocation.ts';
import { type Found, type FoundWithClaim, heldAt } from './reserver.ts';
import type { Member } from './roster.ts';
import { settleAll } from './standby.ts';

export type MoveReason = signaling.SfuMove['reason'];

/** Why somebody moves, and the nodes they are not to be moved to. */
export type MoveWish = { readonly reason: MoveReason; readonly exclude: readonly string[] };

/**
 * The node of the meeting that is better for them than where their place is held, so that its cell is to be asked for
 * one. Null: none is, or they stay where they are.
 */
export function nodeToMoveTo(
  op: Operation,
  member: Member,
  { reservation, candidates }: Found,
  wish: MoveWish,
): MeshNode | null {
  const found = { node: reservation.node, regions: candidates };
  const choice = chooseNode(nodesFor(op, member, wish), found, member.location, PLACEMENT);
  const { node_id } = choice.node;
  return choice.keepReservation || node_id === member.node_id ? null : (op.state.mesh.get(node_id) ?? null);
}

/**
 * Attaches a participant to another node: one the meeting has where a place is claimed, or the reserved one. Answers
 * which; null when they are to be brought near (`rebalance`), and where they are is best.
 */
export function startMove(
  op: Operation,
  member: Member,
  asked: FoundWithClaim,
  wish: MoveWish,
): string | null {
  const { reservation, candidates, claim } = asked;
  const found = { node: reservation.node, regions: candidates };
  const choice = chooseHeld(nodesFor(op, member, wish), found, member.location, PLACEMENT, {
    claim,
    here: member.node_id,
  });
  if (choice.node.node_id === member.node_id) return null;
  const held = heldAt(choice.node.node_id, asked);
  if (held) joinMesh(op, held);
  decideMove(op, member, choice.node, `${wish.reason}_${choice.reason}`, [
    ...explainAll(choice.considered, 'node', member.location),
    ...candidates,
  ]);
  relocate(op, member, choice.node, { movingFrom: member.node_id });
  if (choice.keepReservation) settleAll(op);
  return choice.node.node_id;
}

/** Where they are is one of them when they are merely to be brought near. */
function nodesFor(op: Operation, member: Member, { reason, exclude }: MoveWish): MeetingNode[] {
  return meetingNodes(op).filter(({ node: { node_id } }) =>
    node_id === member.node_id ? reason === 'rebalance' : !exclude.includes(node_id),
  );
}

/** To their standby, where their place is prepared; false when they have none that takes them. */
export function moveToStandby(op: Operation, member: Member, reason: MoveReason): boolean {
  const standby = meetingNodes(op).find(({ node }) => node.node_id === member.standby_node_id);
  if (!standby?.reachable || standby.attached >= standby.node.capacity) return false;
  decideMove(op, member, standby.node, `${reason}_standby`, []);
  relocate(op, member, standby.node, { movingFrom: member.node_id });
  return true;
}

/** They have arrived, or are not waited for any longer: the node before may let go of them. */
export function stopMoving(op: Operation, member: Member): void {
  const { moving_from } = member;
  if (moving_from === null) return;
  op.state.timers.clear('move', member.participant_id);
  op.state.roster.update(member, { moving_from: null });
  idleNode(op, moving_from);
}

/**
 * A node reports the participant's media there. At the node they are to be at, they have arrived; at their standby,
 * they have gone over. Any other has not noticed yet that they left.
 */
export function arriveAtNode(op: Operation, member: Member, nodeId: string): void {
  if (member.node_id === nodeId) stopMoving(op, member);
  else if (member.standby_node_id === nodeId) goOver(op, member);
}

/**
 * The node wants to be empty by then: nobody new goes there, and one by one those whose standby it is get another, and
 * those there are moved away. Null: it stays after all, and takes people again.
 */
export function setDraining(op: Operation, nodeId: string, deadline: number | null): void {
  const { mesh, timers } = op.state;
  const entry = mesh.alive(nodeId);
  if (!entry || (entry.draining_until === null) === (deadline === null)) return;
  mesh.put({ ...entry, draining_until: deadline });
  if (deadline === null) {
    timers.clear('drain', nodeId);
    settleAll(op);
  } else {
    timers.set('drain', op.now, nodeId);
  }
  idleNode(op, nodeId);
}

/** So that all of `left` participants are seen to at half of what is left of the time. Milliseconds. */
export function drainGap(left: number, remainingMs: number): number {
  return Math.max(1, Math.min(ROOM.move.gapMs, Math.floor(remainingMs / 2 / Math.max(1, left))));
}

function decideMove(
  op: Operation,
  member: Member,
  node: NodeDescription,
  reason: string,
  candidates: PlacementCandidate[],
): void {
  op.decide({
    purpose: 'move',
    participants: [member.participant_id],
    node_id: node.node_id,
    from_node_id: member.node_id,
    reason,
    candidates,
  });
}
