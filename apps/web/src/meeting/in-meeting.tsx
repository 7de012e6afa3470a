import type { EndReason, Meeting } from '@meridian/client';
import type { MeridianError } from '@meridian/protocol';
import { useEffect } from 'react';
import { WaitingPage } from '../waiting/waiting-page.tsx';
import { MeetingPage } from './meeting-page.tsx';
import { ToastList } from './toast-list.tsx';
import { useDiagnostics } from './use-diagnostics.ts';
import { useLeaveWithPage } from './use-leave-with-page.ts';
import { useMeetingSnapshot } from './use-meeting-snapshot.ts';
import { type DeviceState, useOwnDevices } from './use-own-devices.ts';
import { useToasts } from './use-toasts.ts';
import { useWakeLock } from './use-wake-lock.ts';

type Props = DeviceState & {
  meeting: Meeting;
  startAudioOnly: boolean;
  onEnd: (reason: EndReason, error?: MeridianError) => void;
};

/** From the door to the end: waiting to be let in, then the meeting. The devices go on from one to the other. */
export default function InMeeting({ meeting, startAudioOnly, onEnd, ...state }: Props) {
  const snapshot = useMeetingSnapshot(meeting);
  const [shownToasts, toasts] = useToasts();
  const own = useOwnDevices(meeting, snapshot, state, toasts);
  const { status } = snapshot;
  useLeaveWithPage(meeting);
  useDiagnostics(meeting);
  useWakeLock();

  useEffect(() => {
    if (status.status === 'ended') onEnd(status.reason, status.error);
  }, [status, onEnd]);

  function leave(): void {
    // Nobody waits for the network in order to leave.
    void meeting.leave();
    onEnd('left');
  }

  if (status.status === 'waiting') {
    return (
      <>
        <WaitingPage status={status} snapshot={snapshot} own={own} onLeave={leave} />
        <ToastList shown={shownToasts} toasts={toasts} />
      </>
    );
  }
  return (
    <MeetingPage
      meeting={meeting}
      snapshot={snapshot}
      own={own}
      toasts={toasts}
      shownToasts={shownToasts}
      startAudioOnly={startAudioOnly}
      onLeave={leave}
    />
  );
}
