import type { Meeting } from '@meridian/protocol';
import { CalendarDays, CalendarPlus } from 'lucide-react';
import { useState } from 'react';
import { RequireSignIn } from '../account/require-sign-in.tsx';
import { loadApi } from '../api.ts';
import { paths } from '../router.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { useMinute } from '../ui/use-minute.ts';
import { MeetingRow } from './meeting-row.tsx';
import { byDay } from './meeting-times.ts';
import styles from './meetings-page.module.css';
import { useUpcoming } from './use-upcoming.ts';

export default function MeetingsPage() {
  return (
    <Page
      title="Your meetings"
      lead="What you have scheduled and is not over yet."
      action={
        <LinkButton look="primary" href={paths.schedule} data-testid="schedule">
          <CalendarPlus size={18} aria-hidden="true" />
          Schedule
        </LinkButton>
      }
    >
      <RequireSignIn reason="Sign in to see the meetings you have scheduled.">
        <UpcomingList />
      </RequireSignIn>
    </Page>
  );
}

function UpcomingList() {
  const { upcoming, reload, loadMore, drop } = useUpcoming();
  const now = useMinute();
  const [deleting, setDeleting] = useState<Meeting | null>(null);
  const [said, setSaid] = useState('');

  async function remove(meeting: Meeting): Promise<void> {
    const api = await loadApi();
    await api.deleteMeeting(meeting.id);
    drop(meeting.id);
    setSaid(`“${meeting.title}” was deleted`);
  }

  if (upcoming.state === 'loading') return <SkeletonRows rows={4} label="Loading your meetings" />;
  if (upcoming.state === 'failed') {
    return (
      <Notice
        tone="danger"
        data-testid="error"
        action={
          <Button size="small" onClick={reload}>
            Try again
          </Button>
        }
      >
        {upcoming.text}
      </Notice>
    );
  }
  const days = byDay(upcoming.meetings, now);
  return (
    <>
      {days.length === 0 && (
        <EmptyState
          icon={CalendarDays}
          title="Nothing scheduled"
          action={<LinkButton href={paths.schedule}>Schedule a meeting</LinkButton>}
        >
          Meetings you plan stand here, with their links and invitations.
        </EmptyState>
      )}
      {days.map(({ key, label, meetings }) => (
        <section key={key} className={styles.day} aria-label={label}>
          <h2 className={styles.label}>{label}</h2>
          <ul className={styles.list}>
            {meetings.map((meeting) => (
              <MeetingRow
                key={meeting.id}
                meeting={meeting}
                now={now}
                actions={{ onCopied: setSaid, onDelete: () => setDeleting(meeting) }}
              />
            ))}
          </ul>
        </section>
      ))}
      {upcoming.more !== null && (
        <Button look="quiet" onClick={loadMore}>
          Show more
        </Button>
      )}
      <p role="status" className={styles.said}>
        {said}
      </p>
      {deleting && (
        <ConfirmDialog
          title="Delete this meeting?"
          action="Delete"
          danger
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(null)}
        >
          The link of “{deleting.title}” stops working for everybody you invited.
        </ConfirmDialog>
      )}
    </>
  );
}
