import { MeridianError, type Source, type signaling, streamId } from '@meridian/protocol';
import type { z } from 'zod';
import type { Answer, Operation } from './operation.ts';
import { may } from './permissions.ts';
import { stopScreenShare } from './presence.ts';
import { type Member, mediaState } from './roster.ts';

type Toggled = z.infer<typeof signaling.Unmute>['media'];

const SOURCE = { audio: 'microphone', video: 'camera' } as const satisfies Record<Toggled, Source>;

/** Off by oneself, or on again: that also lifts what a host has silenced. */
export function toggleOwn(op: Operation, member: Member, media: Toggled, on: boolean, answer: Answer): void {
  const source = SOURCE[media];
  const lifted = on && member.hard_muted.includes(source);
  const next = op.state.roster.update(member, {
    [media]: on,
    ...(lifted ? { hard_muted: member.hard_muted.filter((muted) => muted !== source) } : {}),
  });
  if (lifted) op.changeDesired();
  announceMedia(op, next, member, answer);
}

/** A host silences somebody at the node, whether or not their client plays along. */
export function muteOther(op: Operation, by: Member, targetId: string, media: Toggled, answer: Answer): void {
  const target = op.state.roster.joined(targetId);
  if (!target) throw new MeridianError('unknown_participant', 'nobody of that id is in the meeting');
  if (!may(by.role, { kind: 'mute_other', target: target.role }, op.session.meeting.settings)) {
    throw new MeridianError('forbidden', 'only a host may mute others');
  }
  const source = SOURCE[media];
  const already = target.hard_muted.includes(source);
  const next = op.state.roster.update(target, {
    [media]: false,
    ...(already ? {} : { hard_muted: [...target.hard_muted, source] }),
  });
  if (!already) op.changeDesired();
  announceMedia(op, next, by, answer);
}

export function startScreenShare(op: Operation, member: Member, stream: string, answer: Answer): void {
  const { meeting, screen_share } = op.session;
  const { participant_id } = member;
  if (!may(member.role, { kind: 'share_screen' }, meeting.settings)) {
    throw new MeridianError('forbidden', 'only a host may share a screen here');
  }
  if (stream !== streamId(participant_id, 'screen')) {
    throw new MeridianError('unknown_stream', 'that is not your screen');
  }
  if (screen_share && screen_share.participant_id !== participant_id) {
    if (!may(member.role, { kind: 'take_screen_share' }, meeting.settings)) {
      throw new MeridianError('screen_share_taken', 'somebody else is sharing');
    }
    stopScreenShare(op, screen_share);
  }
  const share = { participant_id, stream_id: stream };
  op.state.session.update({ screen_share: share });
  op.emit({ type: 'screen_share_started', screen_share: share }, { answer });
}

export function endScreenShare(op: Operation, member: Member, answer: Answer): void {
  if (op.session.screen_share?.participant_id !== member.participant_id) {
    throw new MeridianError('unknown_stream', 'you are not sharing a screen');
  }
  stopScreenShare(op, member, answer);
}

function announceMedia(op: Operation, member: Member, by: Member, answer: Answer): void {
  op.emit(
    {
      type: 'media_state',
      participant_id: member.participant_id,
      media: mediaState(member, op.session.screen_share),
      by: by.participant_id,
    },
    { answer },
  );
}
