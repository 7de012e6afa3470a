import type { EndReason } from '@meridian/client';
import type { MeridianError } from '@meridian/protocol';
import {
  CircleCheck,
  DoorOpen,
  type LucideIcon,
  MonitorSmartphone,
  TimerOff,
  TriangleAlert,
  UserX,
} from 'lucide-react';
import { errorText } from '../error-text.ts';
import { navigate } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { CenteredPage } from '../ui/centered-page.tsx';

type Farewell = { icon: LucideIcon; title: string; text: string; rejoin: boolean };

const FAREWELLS: Record<EndReason, Farewell> = {
  left: {
    icon: DoorOpen,
    title: 'You left the meeting',
    text: 'The others may still be talking. You can come back at any time.',
    rejoin: true,
  },
  removed: {
    icon: UserX,
    title: 'You were removed',
    text: 'The host removed you from this meeting. You cannot join it again.',
    rejoin: false,
  },
  denied: {
    icon: UserX,
    title: 'You were not let in',
    text: 'The host turned you away. If that was a mistake, ask them to invite you again.',
    rejoin: false,
  },
  meeting_ended: {
    icon: CircleCheck,
    title: 'The meeting has ended',
    text: 'The host ended it for everyone. Thank you for coming.',
    rejoin: false,
  },
  replaced: {
    icon: MonitorSmartphone,
    title: 'You continue elsewhere',
    text: 'This meeting was opened with the same place in another window.',
    rejoin: true,
  },
  session_expired: {
    icon: TimerOff,
    title: 'You were away for too long',
    text: 'The connection was lost and your place was given up. Your next join starts afresh.',
    rejoin: true,
  },
  failed: {
    icon: TriangleAlert,
    title: 'The meeting stopped unexpectedly',
    text: 'Something went wrong on this device or on our side. Joining again usually helps.',
    rejoin: true,
  },
};

type Props = { reason: EndReason; error: MeridianError | undefined; onRejoin: () => void };

export function EndedPage({ reason, error, onRejoin }: Props) {
  const { icon: Icon, title, text, rejoin } = FAREWELLS[reason];
  return (
    <div data-testid="ended" data-reason={reason}>
      <CenteredPage
        icon={<Icon size={32} aria-hidden="true" />}
        title={title}
        actions={
          <>
            {rejoin && (
              <Button look="primary" onClick={onRejoin} data-testid="rejoin">
                Rejoin
              </Button>
            )}
            <Button onClick={() => navigate('/')} look={rejoin ? 'secondary' : 'primary'} data-testid="home">
              Back to the start
            </Button>
          </>
        }
      >
        <p>{text}</p>
        {reason === 'failed' && error && <p data-testid="error">{errorText(error)}</p>}
      </CenteredPage>
    </div>
  );
}
