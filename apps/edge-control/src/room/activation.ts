import type { Ref } from '@meridian/protocol';
import { avoiding } from './avoidance.ts';
import type { Operation } from './operation.ts';
import { relocate } from './relocation.ts';
import type { Member } from './roster.ts';

/**
 * Somebody's node was lost and their client has gone over to its standby by itself, which is their node from now on.
 * Said again, it is merely answered again. False when it is neither their node nor their standby: nothing is changed.
 */
export function activate(
  op: Operation,
  member: Member,
  { node_id, ref }: { node_id: string; ref?: Ref | undefined },
): boolean {
  if (member.node_id === node_id) {
    op.tellStandby(member, ref);
    return true;
  }
  if (member.standby_node_id !== node_id) return false;
  const there = goOver(op, member);
  if (!there) return false;
  op.tellStandby(there, ref);
  return true;
}

/** Their media is at their standby, which takes over; undefined when that is none any more. */
export function goOver(op: Operation, member: Member): Member | undefined {
  const { standby_node_id, node_id: from } = member;
  const entry = standby_node_id === null ? undefined : op.state.mesh.alive(standby_node_id);
  if (!entry) return undefined;
  op.decide({
    purpose: 'activation',
    participants: [member.participant_id],
    node_id: entry.node.node_id,
    from_node_id: from,
    reason: 'standby',
    candidates: [],
  });
  // Whatever the fleet thinks of the node they were at: this client has lost it.
  const left = op.state.roster.update(member, { avoid: avoiding(member, from, op.now) });
  return relocate(op, left, entry.node, { movingFrom: null });
}
