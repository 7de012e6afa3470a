import type { CreateMeetingResponse } from '@meridian/protocol';
import { useState } from 'react';
import { useSession } from '../account/session.ts';
import { useCreateMeeting } from '../meetings/use-create-meeting.ts';
import { navigate, paths } from '../router.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { MeetingForm } from './meeting-form.tsx';
import { createRequest, newSchedule, type ScheduleForm } from './schedule-form.ts';
import { ShareCard } from './share-card.tsx';
import { localTimeZone } from './zoned-time.ts';

export default function SchedulePage() {
  const session = useSession();
  const [initial] = useState(() => newSchedule(new Date(), localTimeZone()));
  const [scheduled, setScheduled] = useState<CreateMeetingResponse | null>(null);
  const [invalid, setInvalid] = useState<string | null>(null);
  const { creating, error, create } = useCreateMeeting();
  const signedIn = session.state === 'user';

  async function submit(form: ScheduleForm): Promise<void> {
    const request = createRequest(form);
    setInvalid(request ? null : 'Please choose a date and a time.');
    const meeting = request && (await create(request));
    if (meeting) setScheduled(meeting);
  }

  if (scheduled) {
    return (
      <Page title="Your meeting is scheduled">
        <ShareCard
          meeting={scheduled}
          secrets={{ password: scheduled.password, hostKey: scheduled.host_key }}
        />
        <div>
          {signedIn ? (
            <LinkButton href={paths.meetings}>All your meetings</LinkButton>
          ) : (
            <LinkButton href={paths.home}>Done</LinkButton>
          )}{' '}
          <Button look="quiet" onClick={() => setScheduled(null)}>
            Schedule another
          </Button>
        </div>
      </Page>
    );
  }
  return (
    <Page title="Schedule a meeting" lead="You get a link to send to everybody you invite.">
      {session.state === 'guest' && session.signInAvailable && (
        <Notice
          tone="info"
          action={
            <LinkButton
              size="small"
              href={`${paths.signIn}?${new URLSearchParams({ return_to: paths.schedule })}`}
            >
              Sign in
            </LinkButton>
          }
        >
          Sign in to find this meeting again on any device. Without, only this browser knows that it is yours.
        </Notice>
      )}
      <MeetingForm
        initial={initial}
        canKeepPassword={false}
        action="Schedule"
        busy={creating}
        error={invalid ?? error}
        onSubmit={(form) => void submit(form)}
        onCancel={() => navigate(signedIn ? paths.meetings : paths.home)}
      />
    </Page>
  );
}
