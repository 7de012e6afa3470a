import type { PlacementCandidate } from '@meridian/protocol';
import type { Reservation } from '../fleet/contract.ts';
import { chooseStandby, explainAll, PLACEMENT, type PlacementConfig } from '../placement/index.ts';
import { avoided, avoids } from './avoidance.ts';
import { failoverTier, sizeBand } from './failover-tier.ts';
import { idleNode, joinMesh, leaveMesh, meetingNodes } from './membership.ts';
import type { Operation } from './operation.ts';
import type { Member } from './roster.ts';

/** How far away a node of the meeting may be: `far` is for when the fleet has none that is nearer. */
export type Reach = 'near' | 'far';

/**
 * Sees to it that somebody has the standby they are to have by policy: keeps the one they have, or takes one of the
 * meeting's nodes. Where there is none that would do, the fleet is asked after the transaction.
 */
export function settleStandby(op: Operation, member: Member, reach: Reach = 'near'): Member {
  const { failover, reason } = tierOf(op, member);
  if (failover === 'cold') return give(op, member, { failover, standby: null });
  if (holds(op, member)) return give(op, member, { failover, standby: member.standby_node_id });
  const primary = op.state.mesh.get(member.node_id);
  if (!primary) return give(op, member, { failover, standby: null });
  const exclude = avoided(member, op.now);
  const wish = { primary: primary.node, location: member.location, exclude };
  const { chosen, considered } = chooseStandby(meetingNodes(op), wish, REACH[reach]);
  if (!chosen) {
    op.seekStandby();
    return give(op, member, { failover, standby: null });
  }
  op.decide({
    purpose: 'standby',
    participants: [member.participant_id],
    node_id: chosen.id,
    from_node_id: null,
    reason: `${failover}_${reason}`,
    candidates: explainAll(considered, 'node', member.location),
  });
  return give(op, member, { failover, standby: chosen.id });
}

const REACH: Record<Reach, PlacementConfig> = {
  near: PLACEMENT,
  far: { ...PLACEMENT, standby: { ...PLACEMENT.standby, reuseMs: Number.POSITIVE_INFINITY } },
};

/**
 * The fleet has a node for those who lack a standby. It joins the meeting, and all whom it suits get it; when it
 * suits nobody any more it stays out, and the answer is false.
 */
export function offerStandby(
  op: Operation,
  reservation: Pick<Reservation, 'node' | 'cell'>,
  candidates: PlacementCandidate[],
): boolean {
  const { node_id } = reservation.node;
  const lacking = lackingStandby(op).length;
  joinMesh(op, reservation);
  settleAll(op, 'far');
  if (op.state.roster.dependOn(node_id) === 0) {
    leaveMesh(op, node_id);
    return false;
  }
  // Those who still lack one would be looked for again at once, and get the same answer.
  if (lackingStandby(op).length === lacking) return false;
  op.decide({
    purpose: 'standby',
    participants: [],
    node_id,
    from_node_id: null,
    reason: 'joins_meeting',
    candidates,
  });
  return true;
}

/** Gives nodes of the meeting to those without a standby; one may have come that suits them. */
export function settleAll(op: Operation, reach: Reach = 'near'): void {
  for (const member of lackingStandby(op)) settleStandby(op, member, reach);
}

/** Those who are to have a standby and have none. */
export function lackingStandby({ state }: Pick<Operation, 'state'>): Member[] {
  return state.roster.all().filter((member) => member.failover !== 'cold' && member.standby_node_id === null);
}

/** The node is nobody's standby any more. */
export function withdrawStandby(op: Operation, nodeId: string): void {
  for (const member of op.state.roster.all()) {
    if (member.standby_node_id === nodeId) settleStandby(op, member);
  }
}

/** The number of participants was `before`: everybody's tier may depend on it. */
export function reviseTiers(op: Operation, before: number): void {
  const { roster } = op.state;
  if (sizeBand(before) === sizeBand(roster.size)) return;
  for (const member of roster.all()) reviseTier(op, member);
}

/** What their tier depends on has changed. */
export function reviseTier(op: Operation, member: Member): Member {
  return tierOf(op, member).failover === member.failover ? member : settleStandby(op, member);
}

/** As the client is told: without a standby nothing is prepared. */
export function failoverOf({ standby_node_id, failover }: Member): Member['failover'] {
  return standby_node_id === null ? 'cold' : failover;
}

function tierOf(op: Operation, { participant_id, role, failover }: Member) {
  return failoverTier({
    role,
    sharing: op.session.screen_share?.participant_id === participant_id,
    participants: op.state.roster.size,
    before: failover,
  });
}

/** Whether the standby they have is still one. */
function holds({ state, now }: Operation, member: Member): boolean {
  const { standby_node_id, node_id } = member;
  if (standby_node_id === null || standby_node_id === node_id) return false;
  if (avoids(member, standby_node_id, now)) return false;
  const standby = state.mesh.alive(standby_node_id);
  const primary = state.mesh.get(node_id);
  if (!standby || standby.draining_until !== null) return false;
  // Domains are named within their region.
  return (
    standby.node.region !== primary?.node.region ||
    standby.node.failure_domain !== primary.node.failure_domain
  );
}

function give(
  op: Operation,
  member: Member,
  { failover, standby }: { failover: Member['failover']; standby: string | null },
): Member {
  const { standby_node_id } = member;
  if (standby_node_id === standby && member.failover === failover) return member;
  const next = op.state.roster.update(member, { standby_node_id: standby, failover });
  if (standby !== null) op.state.timers.clear('idle_node', standby);
  if (standby_node_id !== null && standby_node_id !== standby) idleNode(op, standby_node_id);
  if (standby_node_id !== standby) op.changeDesired();
  if (standby_node_id !== standby || failoverOf(next) !== failoverOf(member)) op.tellStandby(next);
  return next;
}
