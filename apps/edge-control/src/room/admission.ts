import { MeridianError } from '@meridian/protocol';
import { chooseHeld, chooseNode, explainAll, type NodeChoice, PLACEMENT } from '../placement/index.ts';
import { ROOM } from './config.ts';
import type { RoomJoinRequest } from './contract.ts';
import { expectAtDoor, takeFromDoor } from './door.ts';
import { mustWait } from './door-policy.ts';
import { openSession, startSession } from './lifecycle.ts';
import { adoptRecord } from './meeting-settings.ts';
import { joinMesh, meetingNodes } from './membership.ts';
import type { MeshNode } from './mesh-store.ts';
import type { Operation } from './operation.ts';
import { type Asked, type Found, type FoundWithClaim, heldAt } from './reserver.ts';
import type { Member } from './roster.ts';
import { reviseTiers, settleAll, settleStandby } from './standby.ts';
import type { Waiter } from './waiters.ts';

export type Admission = { member: Member; choice: NodeChoice } | { waiter: Waiter };

/**
 * Gives a joiner a place: a node, and a session nobody else sees until the signaling socket is there. Or a place
 * at the door. The first one starts the meeting's session. Refuses without leaving a trace. `asked` is what came of
 * asking for a place at `nodeToJoin`.
 */
export function admit(op: Operation, request: RoomJoinRequest, asked: Asked): Admission {
  const { state } = op;
  refuseUnwanted(op, request);
  if (state.session.active) adoptRecord(op, request.meeting);
  else startSession(op, request.meeting);
  const { meeting, host_seen } = op.session;
  if (mustWait(request.role, meeting.settings, host_seen)) return { waiter: expectAtDoor(op, request) };
  const newcomer: Newcomer = {
    participant_id: op.newId(),
    session_id: op.newId(),
    user_id: request.user_id,
    display_name: request.display_name,
    role: request.role,
    audio_only: request.audio_only,
    location: request.location,
    round_trips: request.round_trips ?? {},
    entry: null,
    secret_hash: null,
    next_secret_hash: null,
  };
  return place(op, newcomer, { ...request, ...asked }, 'join');
}

/** Somebody at the door is given the same: they come in with what they have said there. */
export function admitWaiter(
  op: Operation,
  waiter: Waiter,
  found: FoundWithClaim,
): { member: Member; choice: NodeChoice } {
  refuseWhenFull(op);
  takeFromDoor(op, waiter);
  const { since: _, media, ...rest } = waiter;
  return place(op, { ...rest, role: 'participant', entry: media }, found, 'admit');
}

/**
 * The node that a joiner is better off at than where their place is held: one that the meeting has. Its cell is to be
 * asked first. Null for those who stay outside; refuses like `admit`.
 */
export function nodeToJoin(op: Operation, request: RoomJoinRequest): MeshNode | null {
  refuseUnwanted(op, request);
  const session = op.state.session.active;
  if (!session || mustWait(request.role, session.meeting.settings, session.host_seen)) return null;
  return nodeToReuse(op, request.location, request);
}

/** The same for whoever has waited at the door. */
export function nodeToReuse(
  op: Operation,
  location: Waiter['location'],
  { reservation, candidates }: Found,
): MeshNode | null {
  const found = { node: reservation.node, regions: candidates };
  const { node, keepReservation } = chooseNode(meetingNodes(op), found, location, PLACEMENT);
  return keepReservation ? null : (op.state.mesh.get(node.node_id) ?? null);
}

function refuseUnwanted(op: Operation, { meeting, role, user_id }: RoomJoinRequest): void {
  const { state } = op;
  if (meeting.status === 'ended' || state.session.current?.ended_by_host) {
    throw new MeridianError('meeting_ended', 'the meeting has ended');
  }
  const session = state.session.active;
  if (!session) return;
  // Who has the host's key or owns the meeting is not kept out by those in it.
  if (role !== 'host') {
    const excluded = state.exclusions.ofUser(user_id);
    if (excluded) throw new MeridianError(excluded, 'you may not join this meeting any more');
    if (session.locked) throw new MeridianError('meeting_locked', 'the meeting is locked');
    if (user_id === null && !session.meeting.settings.allow_guests) {
      throw new MeridianError('sign_in_required', 'this meeting is for people who have signed in');
    }
  }
  refuseWhenFull(op);
}

function refuseWhenFull({ state, session }: Operation): void {
  if (state.roster.size < session.meeting.settings.max_participants) return;
  throw new MeridianError('meeting_full', 'the meeting is full', {
    retryAfterMs: ROOM.participant.fullRetryMs,
  });
}

type Newcomer = Pick<
  Member,
  | 'participant_id'
  | 'session_id'
  | 'user_id'
  | 'display_name'
  | 'role'
  | 'audio_only'
  | 'location'
  | 'round_trips'
  | 'entry'
  | 'secret_hash'
  | 'next_secret_hash'
>;

function place(
  op: Operation,
  newcomer: Newcomer,
  asked: FoundWithClaim,
  purpose: 'join' | 'admit',
): { member: Member; choice: NodeChoice } {
  const { state, now } = op;
  const { reservation, candidates, claim } = asked;
  const found = { node: reservation.node, regions: candidates };
  const choice = chooseHeld(meetingNodes(op), found, newcomer.location, PLACEMENT, {
    claim,
    here: null,
  });
  const { node } = choice;
  const held = heldAt(node.node_id, asked);
  if (held) joinMesh(op, held);
  openSession(op);
  state.timers.clear('empty');
  state.timers.clear('idle_node', node.node_id);
  const present = state.roster.size;
  const member: Member = {
    ...newcomer,
    stage: 'admitted',
    joined_at: now,
    connection: 'connected',
    audio: false,
    video: false,
    hand_raised_at: null,
    hard_muted: [],
    may_unmute: false,
    gen: 1,
    node_id: node.node_id,
    region: node.region,
    moving_from: null,
    standby_node_id: null,
    failover: 'warm',
    avoid: [],
    host_key_tries: null,
    since_seq: 0,
  };
  state.roster.put(member);
  state.timers.set('admission', now + ROOM.participant.admissionMs, member.participant_id);
  op.decide({
    purpose,
    participants: [member.participant_id],
    node_id: node.node_id,
    from_node_id: null,
    reason: choice.reason,
    candidates: [...explainAll(choice.considered, 'node', newcomer.location), ...candidates],
  });
  op.changeDesired();
  reviseTiers(op, present);
  settleStandby(op, member);
  if (choice.keepReservation) settleAll(op);
  return { member, choice };
}
