import type { OutboxRecord } from '../queue/contract.ts';
import { ROOM } from './config.ts';
import type { Answer, Operation } from './operation.ts';
import { entersMuted, silenced } from './permissions.ts';
import { type Member, participantView } from './roster.ts';
import { reviseTier } from './standby.ts';

/**
 * A participant comes in by `join`, or is let in from the door. Those who are in already come in anew: another
 * page has taken their session over, and what they had on there is off.
 */
export function enter(
  op: Operation,
  member: Member,
  media: { audio: boolean; video: boolean },
  secretHash: string,
): Member {
  const { roster, timers } = op.state;
  const { meeting, screen_share } = op.session;
  const { settings } = meeting;
  const again = member.stage === 'joined';
  const hard_muted = again || !entersMuted(member.role, settings) ? member.hard_muted : MICROPHONE;
  if (screen_share?.participant_id === member.participant_id) stopScreenShare(op, member);
  const dropped = silenced({ ...member, hard_muted }, settings);
  let next = roster.update(member, {
    stage: 'joined',
    joined_at: again ? member.joined_at : op.now,
    connection: 'connected',
    audio: media.audio && !dropped.includes('microphone'),
    video: media.video && !member.audio_only && !dropped.includes('camera'),
    entry: null,
    hard_muted: [...hard_muted],
    secret_hash: null,
    next_secret_hash: secretHash,
  });
  const participant = participantView(next, op.session.screen_share);
  const seq = op.emit({ type: again ? 'participant_updated' : 'participant_joined', participant });
  next = roster.update(next, { since_seq: seq });
  for (const kind of ['admission', 'blip', 'grace'] as const) timers.clear(kind, member.participant_id);
  if (!again) op.record(participantRecord(next, null));
  if (silenced(next, settings).join() !== silenced(member, settings).join()) op.changeDesired();
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

export function stopScreenShare(
  op: Operation,
  { participant_id }: { participant_id: string },
  answer?: Answer,
): void {
  op.state.session.update({ screen_share: null });
  op.emit({ type: 'screen_share_stopped', participant_id }, answer ? { answer } : {});
  const sharer = op.state.roster.get(participant_id);
  if (sharer) reviseTier(op, sharer);
}

export function announce(op: Operation, member: Member, answer?: Answer): void {
  const participant = participantView(member, op.session.screen_share);
  op.emit({ type: 'participant_updated', participant }, answer ? { answer } : {});
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
