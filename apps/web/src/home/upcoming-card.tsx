import { CalendarDays } from 'lucide-react';
import { MeetingRow } from '../meetings/meeting-row.tsx';
import { byDay } from '../meetings/meeting-times.ts';
import { useUpcoming } from '../meetings/use-upcoming.ts';
import { paths } from '../router.ts';
import { LinkButton } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { useMinute } from '../ui/use-minute.ts';
import styles from './upcoming-card.module.css';

/** The rest is on the page of all meetings. */
const SHOWN = 4;

/** What comes next for somebody who is signed in. */
export function UpcomingCard() {
  const { upcoming } = useUpcoming();
  const now = useMinute();
  if (upcoming.state === 'failed') {
    return (
      <section className={styles.card} aria-label="Upcoming meetings">
        <EmptyState icon={CalendarDays} title="Your meetings could not be loaded">
          {upcoming.text}
        </EmptyState>
      </section>
    );
  }
  const days = upcoming.state === 'ready' ? firstOf(byDay(upcoming.meetings, now), SHOWN) : [];
  return (
    <section className={styles.card} aria-labelledby="upcoming-title" data-testid="upcoming">
      <header className={styles.header}>
        <h2 id="upcoming-title" className={styles.title}>
          Upcoming
        </h2>
        <LinkButton look="quiet" size="small" href={paths.meetings}>
          All meetings
        </LinkButton>
      </header>
      {upcoming.state === 'loading' && <SkeletonRows rows={3} label="Loading your meetings" />}
      {upcoming.state === 'ready' && days.length === 0 && (
        <EmptyState icon={CalendarDays} title="Nothing coming up">
          Enjoy the quiet, or schedule something.
        </EmptyState>
      )}
      {days.map(({ key, label, meetings }) => (
        <div key={key}>
          <p className={styles.day}>{label}</p>
          <ul>
            {meetings.map((meeting) => (
              <MeetingRow key={meeting.id} meeting={meeting} now={now} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function firstOf<T extends { meetings: unknown[] }>(days: T[], count: number): T[] {
  let left = count;
  return days.flatMap((day) => {
    const meetings = day.meetings.slice(0, left);
    left -= meetings.length;
    return meetings.length > 0 ? [{ ...day, meetings }] : [];
  });
}
