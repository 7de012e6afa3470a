import type { Meeting } from '@meridian/protocol';
import { useState } from 'react';
import { RequireSignIn } from '../account/require-sign-in.tsx';
import { loadApi } from '../api.ts';
import { errorText } from '../error-text.ts';
import { useMeetingInfo } from '../meetings/use-meeting-info.ts';
import { navigate, paths } from '../router.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { NotFoundPage } from '../ui/not-found-page.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { MeetingForm } from './meeting-form.tsx';
import { generatePassword, type ScheduleForm, scheduleOf, updateRequest } from './schedule-form.ts';
import { type Secrets, ShareCard } from './share-card.tsx';

export default function EditPage({ meetingRef }: { meetingRef: string }) {
  const [info, retry] = useMeetingInfo(meetingRef);
  const [saved, setSaved] = useState<{ meeting: Meeting; secrets: Secrets } | null>(null);

  if (info.state === 'unknown') {
    return (
      <NotFoundPage title="We cannot find this meeting" explanation="It may have been deleted, or be over." />
    );
  }
  if (saved) {
    return (
      <Page title="Saved">
        <ShareCard {...saved} />
        <div>
          <LinkButton href={paths.meetings}>All your meetings</LinkButton>
        </div>
      </Page>
    );
  }
  return (
    <Page title="Edit meeting">
      <RequireSignIn reason="Sign in to change your meetings.">
        {info.state === 'loading' && <SkeletonRows rows={4} label="Loading the meeting" />}
        {info.state === 'failed' && (
          <Notice
            tone="danger"
            data-testid="error"
            action={
              <Button size="small" onClick={retry}>
                Try again
              </Button>
            }
          >
            {info.text}
          </Notice>
        )}
        {info.state === 'found' && (
          <EditForm meeting={info.meeting} onSaved={(meeting, secrets) => setSaved({ meeting, secrets })} />
        )}
      </RequireSignIn>
    </Page>
  );
}

type EditProps = { meeting: Meeting; onSaved: (meeting: Meeting, secrets: Secrets) => void };

function EditForm({ meeting, onSaved }: EditProps) {
  const [initial] = useState(() => scheduleOf(meeting, new Date()));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function save(form: ScheduleForm): Promise<void> {
    const request = updateRequest(form, generatePassword);
    if (!request) {
      setError('Please choose a date and a time.');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const api = await loadApi();
      onSaved(await api.updateMeeting(meeting.id, request), { password: request.password ?? undefined });
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  }

  return (
    <MeetingForm
      initial={initial}
      canKeepPassword={meeting.password_required}
      action="Save"
      busy={busy}
      error={error}
      onSubmit={(form) => void save(form)}
      onCancel={() => navigate(paths.meetings)}
    />
  );
}
