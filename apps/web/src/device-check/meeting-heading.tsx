import type { MeetingInfo } from '../meetings/use-meeting-info.ts';
import styles from './join-card.module.css';

/** What is about to be joined. */
export function MeetingHeading({ info }: { info: MeetingInfo }) {
  if (info.state !== 'found') {
    return (
      <header className={styles.heading}>
        <h1 className={styles.title}>Ready to join?</h1>
      </header>
    );
  }
  const { title, code, scheduled_start: start, status } = info.meeting;
  return (
    <header className={styles.heading}>
      <p className={styles.ready}>{status === 'active' ? 'Happening now' : 'Ready to join?'}</p>
      <h1 className={styles.title} data-testid="meeting-title">
        {title}
      </h1>
      <p className={styles.code}>
        {start !== null && <span>{startText(new Date(start))}</span>}
        <span>{code}</span>
      </p>
    </header>
  );
}

function startText(start: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(start);
}
