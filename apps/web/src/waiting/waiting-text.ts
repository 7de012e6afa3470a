import type { MeetingStatus } from '@meridian/client';

type Waiting = Pick<Extract<MeetingStatus, { status: 'waiting' }>, 'reason' | 'offline'>;

export function waitingText({ reason, offline }: Waiting): { heading: string; text: string } {
  const heading = reason === 'waiting_room' ? 'The host will let you in soon' : 'The host is not here yet';
  if (offline)
    return { heading, text: 'Your connection was lost. It is being restored; your place is kept.' };
  return {
    heading,
    text:
      reason === 'waiting_room'
        ? 'They know that you are here. This page goes on by itself.'
        : 'The meeting begins when they join. This page goes on by itself.',
  };
}
