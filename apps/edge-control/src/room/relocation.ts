import type { Location, NodeDescription } from '@meridian/protocol';
import { distanceKm } from '../placement/index.ts';
import { ROOM } from './config.ts';
import { idleNode } from './membership.ts';
import type { Operation } from './operation.ts';
import { participantRecord } from './presence.ts';
import type { Member } from './roster.ts';
import { settleStandby } from './standby.ts';

/**
 * The participant's node is another from now on. `movingFrom` takes their media until they have turned up there; null
 * when nothing of them is left on the one before.
 */
export function relocate(
  op: Operation,
  member: Member,
  node: NodeDescription,
  { movingFrom }: { movingFrom: string | null },
): Member {
  const { state, now } = op;
  const { node_id: before, moving_from } = member;
  const moved = state.roster.update(member, {
    node_id: node.node_id,
    region: node.region,
    moving_from: movingFrom,
    standby_node_id: member.standby_node_id === node.node_id ? null : member.standby_node_id,
  });
  if (movingFrom === null) state.timers.clear('move', member.participant_id);
  else state.timers.set('move', now + ROOM.move.arriveMs, member.participant_id);
  state.timers.clear('idle_node', node.node_id);
  const former = state.mesh.get(before)?.node;
  if (former && isFarther(member.location, node, former)) {
    // Whoever lost a node together would be brought back together: it is done for one after another.
    const last = state.timers.last('home') ?? Number.NEGATIVE_INFINITY;
    const due = Math.max(now + ROOM.move.homeAfterMs, last + ROOM.move.gapMs);
    state.timers.set('home', due, member.participant_id);
  }
  if (moved.stage === 'joined') op.record(participantRecord(moved, null));
  for (const left of [before, moving_from]) if (left !== null) idleNode(op, left);
  op.changeDesired();
  return settleStandby(op, moved);
}

function isFarther(from: Location | null, node: NodeDescription, former: NodeDescription): boolean {
  if (from === null) return false;
  return distanceKm(from, node.location) - distanceKm(from, former.location) > ROOM.move.homeGainKm;
}
