import type { CreateMeetingResponse } from '@meridian/protocol';
import { CalendarCheck } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { joinLink } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import styles from './scheduled-card.module.css';

type Props = { meeting: CreateMeetingResponse; onDone: () => void };

/** The one time the password is shown. */
export function ScheduledCard({ meeting, onDone }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The form that had the focus is gone; what replaced it is what should be read out.
  useEffect(() => heading.current?.focus(), []);

  const link = joinLink(meeting.code);
  const when = meeting.scheduled_start === null ? '' : startText(new Date(meeting.scheduled_start));
  const invitation = [meeting.title, when, link, meeting.password && `Password: ${meeting.password}`];

  return (
    <section className={styles.card} data-testid="scheduled">
      <header className={styles.header}>
        <CalendarCheck size={24} aria-hidden="true" />
        <div>
          <h2 ref={heading} tabIndex={-1} className={styles.title}>
            {meeting.title}
          </h2>
          <p className={styles.when}>{when}</p>
        </div>
      </header>
      <dl className={styles.facts}>
        <div className={styles.fact}>
          <dt>Link</dt>
          <dd data-testid="scheduled-link">{link}</dd>
          <CopyButton text={link} label="Copy link" />
        </div>
        {meeting.password !== undefined && (
          <div className={styles.fact}>
            <dt>Password</dt>
            <dd data-testid="scheduled-password">{meeting.password}</dd>
            <CopyButton text={meeting.password} label="Copy password" />
          </div>
        )}
        <div className={styles.fact}>
          <dt>All of it</dt>
          <dd className={styles.note}>To paste into an invitation</dd>
          <CopyButton text={invitation.filter(Boolean).join('\n')} label="Copy invitation" />
        </div>
      </dl>
      <p className={styles.note}>
        {meeting.password !== undefined && 'Keep the password now: it is not shown again. '}
        You are the host when you join from this browser.
      </p>
      <div className={styles.actions}>
        <Button onClick={onDone}>Done</Button>
      </div>
    </section>
  );
}

function startText(start: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' }).format(start);
}
