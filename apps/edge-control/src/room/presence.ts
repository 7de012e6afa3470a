import { CLOSE } from '@meridian/protocol';
import type { OutboxRecord } from '../queue/contract.ts';
import { ROOM } from './config.ts';
import type { Answer, Farewell, Operation } from './operation.ts';
import { entersMuted } from './permissions.ts';
import type { Revocation } from './revocations.ts';
import { type Member, participantView } from './roster.ts';

/**
 * A participant comes in by `join`. Those who are in already come in anew: another page has taken their session
 * over, and what they had on there is off.
 */
export function enter(
  op: Operation,
  member: Member,
  media: { audio: boolean; video: boolean },
  secretHash: string,
): Member {
  const { roster, timers } = op.state;
  const { meeting, screen_share } = op.session;
  const again = member.stage === 'joined';
  const hard_muted = again || !entersMuted(member.role, meeting.settings) ? member.hard_muted : MICROPHONE;
  if (screen_share?.participant_id === member.participant_id) stopScreenShare(op, member);
  let next = roster.update(member, {
    stage: 'joined',
    joined_at: again ? member.joined_at : op.now,
    connection: 'connected',
    audio: media.audio && !hard_muted.includes('microphone'),
    video: media.video && !member.audio_only && !hard_muted.includes('camera'),
    hard_muted: [...hard_muted],
    secret_hash: null,
    next_secret_hash: secretHash,
  });
  const participant = participantView(next, op.session.screen_share);
  const seq = op.emit({ type: again ? 'participant_updated' : 'participant_joined', participant });
  next = roster.update(next, { since_seq: seq });
  for (const kind of ['admission', 'blip', 'grace'] as const) timers.clear(kind, member.participant_id);
  if (!again) op.record(participantRecord(next, null));
  if (hard_muted.length !== member.hard_muted.length) op.changeDesired();
  return next;
}

const MICROPHONE: Member['hard_muted'] = ['microphone'];

/** A participant is back by `resume`. Without a word to the others, when they were told nothing. */
export function comeBack(op: Operation, member: Member, hashes: { used: string; next: string }): Member {
  const next = op.state.roster.update(member, {
    connection: 'connected',
    secret_hash: hashes.used,
    next_secret_hash: hashes.next,
  });
  if (member.connection === 'reconnecting') announce(op, next);
  op.state.timers.clear('blip', member.participant_id);
  op.state.timers.clear('grace', member.participant_id);
  return next;
}

/** The socket of a participant is gone. That alone says nothing about the participant. */
export function loseSocket(op: Operation, member: Member): void {
  const { timers } = op.state;
  const id = member.participant_id;
  if (timers.get('blip', id) !== undefined || timers.get('grace', id) !== undefined) return;
  timers.set('blip', op.now + ROOM.participant.blipMs, id);
}

/** It was no blip. The grace counts from the loss. */
export function showReconnecting(op: Operation, member: Member): void {
  op.state.timers.set(
    'grace',
    op.now + ROOM.participant.graceMs - ROOM.participant.blipMs,
    member.participant_id,
  );
  announce(op, op.state.roster.update(member, { connection: 'reconnecting' }));
}

/** Ends a participant's stay: whoever was never in the roster goes unseen. */
export function depart(
  op: Operation,
  member: Member,
  reason: Revocation['reason'],
  options: { /** Their last frame. */ frame?: string /** Whose request it was. */; answer?: Answer } = {},
): void {
  const { roster, revocations, timers } = op.state;
  const { participant_id, session_id } = member;
  if (op.session.screen_share?.participant_id === participant_id) stopScreenShare(op, member);
  roster.remove(participant_id);
  for (const kind of ['admission', 'blip', 'grace'] as const) timers.clear(kind, participant_id);
  const revoked = revocations.add(session_id, member.gen, reason, op.now);
  timers.setAtLatest('revocations', revoked.until);
  op.dismiss({
    participant_id,
    ...GOODBYE[reason],
    hears: false,
    ...(options.frame === undefined ? {} : { frame: options.frame }),
  });
  if (member.stage === 'joined') {
    op.emit(
      { type: 'participant_left', participant_id, reason },
      options.answer ? { answer: options.answer } : {},
    );
    op.record(participantRecord(member, op.now));
  }
  op.changeDesired();
  idleNode(op, member.node_id);
  if (roster.size === 0) timers.set('empty', op.now + ROOM.session.emptyGraceMs);
}

const GOODBYE = {
  left: { code: CLOSE.normal, reason: 'left' },
  removed: { code: CLOSE.removed, reason: 'removed' },
  timeout: { code: CLOSE.sessionExpired, reason: 'session expired' },
} as const satisfies Record<Revocation['reason'], Pick<Farewell, 'code' | 'reason'>>;

/** A node reports the participant's media there. */
export function moveToNode(op: Operation, member: Member, nodeId: string): void {
  const entry = op.state.mesh.get(nodeId);
  if (!entry || member.node_id === nodeId) return;
  const moved = op.state.roster.update(member, { node_id: nodeId, region: entry.node.region });
  op.state.timers.clear('idle_node', nodeId);
  if (moved.stage === 'joined') op.record(participantRecord(moved, null));
  idleNode(op, member.node_id);
}

/** Lets a node leave the mesh after a while, when nobody is attached to it any more. */
function idleNode(op: Operation, nodeId: string): void {
  if (op.state.roster.attachedTo(nodeId) > 0) return;
  op.state.timers.set('idle_node', op.now + ROOM.mesh.idleNodeMs, nodeId);
}

export function stopScreenShare(op: Operation, sharer: { participant_id: string }, answer?: Answer): void {
  const { participant_id } = sharer;
  op.state.session.update({ screen_share: null });
  op.emit({ type: 'screen_share_stopped', participant_id }, answer ? { answer } : {});
}

function announce(op: Operation, member: Member): void {
  op.emit({ type: 'participant_updated', participant: participantView(member, op.session.screen_share) });
}

export function participantRecord(
  member: Member,
  leftAt: number | null,
): Extract<OutboxRecord, { kind: 'participant' }> {
  return {
    kind: 'participant',
    participant_id: member.participant_id,
    user_id: member.user_id,
    display_name: member.display_name,
    role: member.role,
    joined_at: member.joined_at,
    left_at: leftAt,
    node_id: member.node_id,
    region: member.region,
  };
}
