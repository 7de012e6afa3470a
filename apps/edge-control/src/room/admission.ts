import { MeridianError } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { RoomJoinRequest } from './contract.ts';
import { adoptRecord, startSession } from './lifecycle.ts';
import { chooseNode, type MeshCandidate, type NodeChoice } from './mesh.ts';
import type { Operation } from './operation.ts';
import type { Member } from './roster.ts';

/**
 * Gives a joiner a place: a node, and a session nobody else sees until the signaling socket is there. The first
 * one starts the meeting's session. Refuses without leaving a trace.
 */
export function admit(
  op: Operation,
  request: RoomJoinRequest,
  candidates: (op: Operation) => MeshCandidate[],
): { member: Member; choice: NodeChoice } {
  const { state, now } = op;
  const { meeting } = request;
  if (meeting.status === 'ended' || state.session.current?.ended_by_host) {
    throw new MeridianError('meeting_ended', 'the meeting has ended');
  }
  if (state.session.active && state.roster.size >= meeting.settings.max_participants) {
    throw new MeridianError('meeting_full', 'the meeting is full', {
      retryAfterMs: ROOM.participant.fullRetryMs,
    });
  }
  if (state.session.active) adoptRecord(op, meeting);
  else startSession(op, meeting);

  const choice = chooseNode(candidates(op), request.reservation.node, request.location);
  const { node } = choice;
  const known = state.mesh.get(node.node_id);
  // A node that restarted has another port or certificate.
  if (!known || JSON.stringify(known.node) !== JSON.stringify(node)) {
    state.mesh.put({ node, added_at: known?.added_at ?? now });
  }
  if (state.mesh.size > 1) state.timers.setAtLatest('grants', now + ROOM.mesh.renewGrantsMs);
  state.timers.clear('idle_node', node.node_id);
  state.timers.clear('empty');

  const member: Member = {
    participant_id: op.newId(),
    session_id: op.newId(),
    user_id: request.user_id,
    display_name: request.display_name,
    role: request.role,
    stage: 'admitted',
    joined_at: now,
    connection: 'connected',
    audio: false,
    video: false,
    audio_only: request.audio_only,
    hard_muted: [],
    gen: 1,
    node_id: node.node_id,
    region: node.region,
    secret_hash: null,
    next_secret_hash: null,
    since_seq: 0,
    last_private_seq: 0,
  };
  state.roster.put(member);
  state.timers.set('admission', now + ROOM.participant.admissionMs, member.participant_id);
  op.changeDesired();
  return { member, choice };
}
