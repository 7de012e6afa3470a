import { MeridianError, type Source, type signaling, streamId } from '@meridian/protocol';
import type { z } from 'zod';
import { authorize } from './actor.ts';
import type { Answer, Operation } from './operation.ts';
import { may, mayUnmute } from './permissions.ts';
import { stopScreenShare } from './presence.ts';
import { type Member, mediaState } from './roster.ts';
import { reviseTier } from './standby.ts';

export type Toggled = z.infer<typeof signaling.Unmute>['media'];

export const SOURCE = { audio: 'microphone', video: 'camera' } as const satisfies Record<Toggled, Source>;

export const SCREEN: readonly Source[] = ['screen', 'screen_audio'];

/** Off by oneself, or on again: that also lifts what a host has silenced, where one may. */
export function toggleOwn(op: Operation, member: Member, media: Toggled, on: boolean, answer: Answer): void {
  const { settings } = op.session.meeting;
  if (media === 'audio' && on && !member.audio) {
    authorize(op, member, { kind: 'unmute', asked: member.may_unmute });
  }
  const lifted = on && member.hard_muted.includes(SOURCE[media]);
  const next = op.state.roster.update(member, {
    [media]: on,
    ...(lifted ? { hard_muted: without(member.hard_muted, [SOURCE[media]]) } : {}),
  });
  // Where people may not unmute, a microphone that is off is held off at the nodes.
  if (lifted || (media === 'audio' && !mayUnmute(next, settings))) op.changeDesired();
  announceMedia(op, next, member.participant_id, { answer });
}

export function startScreenShare(op: Operation, member: Member, stream: string, answer: Answer): void {
  const { meeting, screen_share } = op.session;
  const { participant_id } = member;
  authorize(op, member, { kind: 'share_screen' });
  if (stream !== streamId(participant_id, 'screen')) {
    throw new MeridianError('unknown_stream', 'that is not your screen');
  }
  if (screen_share && screen_share.participant_id !== participant_id) {
    if (!may(member.role, { kind: 'take_screen_share' }, meeting.settings)) {
      throw new MeridianError('screen_share_taken', 'somebody else is sharing');
    }
    stopScreenShare(op, screen_share);
  }
  if (member.hard_muted.some((source) => SCREEN.includes(source))) {
    op.state.roster.update(member, { hard_muted: without(member.hard_muted, SCREEN) });
    op.changeDesired();
  }
  const share = { participant_id, stream_id: stream };
  op.state.session.update({ screen_share: share });
  op.emit({ type: 'screen_share_started', screen_share: share }, { answer });
  reviseTier(op, member);
}

export function endScreenShare(op: Operation, member: Member, answer: Answer): void {
  if (op.session.screen_share?.participant_id !== member.participant_id) {
    throw new MeridianError('unknown_stream', 'you are not sharing a screen');
  }
  stopScreenShare(op, member, answer);
}

export function announceMedia(
  op: Operation,
  member: Member,
  by: string | null,
  options: { answer?: Answer | undefined; burst?: boolean } = {},
): void {
  const { answer, burst = false } = options;
  const media = mediaState(member, op.session.screen_share);
  op.emit(
    { type: 'media_state', participant_id: member.participant_id, media, by },
    { burst, ...(answer ? { answer } : {}) },
  );
}

export function without(sources: readonly Source[], some: readonly Source[]): Source[] {
  return sources.filter((source) => !some.includes(source));
}
