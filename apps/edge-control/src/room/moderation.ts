import { MeridianError, type Source } from '@meridian/protocol';
import { type Actor, authorize, present } from './actor.ts';
import { depart } from './departure.ts';
import { announceMedia, SCREEN, SOURCE, type Toggled } from './media-commands.ts';
import type { Answer, Operation } from './operation.ts';
import { stopScreenShare } from './presence.ts';
import type { Member } from './roster.ts';

/** A host silences somebody at the node, whether or not their client plays along. */
export function muteOther(
  op: Operation,
  actor: Actor,
  request: { target_user: string; media: Toggled },
  answer?: Answer,
): void {
  const target = present(op, request.target_user);
  authorize(op, actor, { kind: 'mute_other', target: target.role });
  const next = silence(op, target, [SOURCE[request.media]], {
    [request.media]: false,
    ...(request.media === 'audio' ? { may_unmute: false } : {}),
  });
  announceMedia(op, next, actor.participant_id, { answer });
}

/** Everybody but hosts and co-hosts falls silent, at the nodes too. */
export function muteAll(op: Operation, actor: Actor, answer?: Answer): void {
  authorize(op, actor, { kind: 'mute_all' });
  for (const member of op.state.roster.allJoined()) {
    const muted = member.hard_muted.includes(SOURCE.audio) && !member.audio && !member.may_unmute;
    if (member.role !== 'participant' || muted) continue;
    const next = silence(op, member, [SOURCE.audio], { audio: false, may_unmute: false });
    if (member.audio) announceMedia(op, next, actor.participant_id, { burst: true });
  }
  op.done(answer);
}

/** Also at the node, until the participant starts a share anew. */
export function stopShareOf(op: Operation, actor: Actor, targetId: string, answer?: Answer): void {
  const target = present(op, targetId);
  authorize(op, actor, { kind: 'stop_share', target: target.role });
  if (op.session.screen_share?.participant_id !== target.participant_id) {
    throw new MeridianError('unknown_stream', 'this participant is not sharing a screen');
  }
  silence(op, target, SCREEN, {});
  stopScreenShare(op, target, answer);
}

/** Asks somebody to switch the microphone on. Where participants may not by themselves, this one may from now on. */
export function requestUnmute(op: Operation, by: Member, targetId: string, answer: Answer): void {
  const target = present(op, targetId);
  authorize(op, by, { kind: 'request_unmute' });
  if (!target.audio) {
    if (!target.may_unmute) {
      op.state.roster.update(target, { may_unmute: true });
      op.changeDesired();
    }
    op.emit({ type: 'unmute_requested', by: by.participant_id }, { audience: [target.participant_id] });
  }
  op.done(answer);
}

export function remove(op: Operation, actor: Actor, targetId: string, answer?: Answer): void {
  const target = present(op, targetId);
  if (target.participant_id === actor.participant_id) {
    throw new MeridianError('unprocessable', 'leave instead');
  }
  authorize(op, actor, { kind: 'remove', target: target.role });
  op.state.exclusions.add(target, 'removed');
  depart(op, target, 'removed', answer ? { answer } : {});
}

function silence(op: Operation, member: Member, sources: readonly Source[], change: Partial<Member>): Member {
  const added = sources.filter((source) => !member.hard_muted.includes(source));
  if (added.length > 0 || change.may_unmute !== undefined) op.changeDesired();
  return op.state.roster.update(member, { ...change, hard_muted: [...member.hard_muted, ...added] });
}
