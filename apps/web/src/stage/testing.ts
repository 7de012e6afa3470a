import type { MeetingSnapshot, ParticipantView } from '@meridian/client';
import { streamId } from '@meridian/protocol';
import type { StageView } from './stage-view.ts';

/** People for tests of what is shown. */
export function participant(id: string, more: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    displayName: id,
    role: 'participant',
    isSelf: false,
    guest: true,
    connection: 'connected',
    audio: true,
    video: true,
    screen: false,
    handRaisedAt: null,
    joinedAt: 0,
    streams: { camera: stream(id, 'camera') },
    ...more,
  };
}

export function stream(id: string, source: 'camera' | 'microphone' | 'screen', paused = false) {
  return {
    streamId: streamId(id, source),
    source,
    paused,
    track: null,
    next: null,
    layer: null,
    frozen: false,
    uplink: null,
  };
}

export const SELF = participant('me', { isSelf: true, streams: {} });

export function meetingOf(
  others: readonly ParticipantView[],
  more: Partial<Pick<MeetingSnapshot, 'screenShare' | 'activeSpeakerId'>> = {},
) {
  return { self: SELF, participants: [SELF, ...others], screenShare: null, activeSpeakerId: null, ...more };
}

export const AUTO: StageView = { layout: 'auto', selfView: 'auto', pinned: null, audioOnly: false };
