import type { Meeting } from '@meridian/protocol';
import { CalendarCheck, CalendarPlus } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useSession } from '../account/session.ts';
import { calendarLink, invitationText } from '../meetings/invitation.ts';
import { dateTimeText, durationText, startOf } from '../meetings/meeting-times.ts';
import { joinLink } from '../router.ts';
import { PlainLinkButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import styles from './share-card.module.css';

export type Secrets = { password?: string | undefined; hostKey?: string | undefined };

/** How to get people there. The one time that the secrets are shown. */
export function ShareCard({ meeting, secrets }: { meeting: Meeting; secrets: Secrets }) {
  const session = useSession();
  const heading = useRef<HTMLHeadingElement>(null);
  // The form that had the focus is gone; what replaced it is what should be read out.
  useEffect(() => heading.current?.focus(), []);

  const link = joinLink(meeting.code);
  return (
    <section className={styles.card} data-testid="scheduled" aria-labelledby="share-title">
      <header className={styles.header}>
        <span className={styles.icon}>
          <CalendarCheck size={24} aria-hidden="true" />
        </span>
        <div>
          <h2 id="share-title" ref={heading} tabIndex={-1} className={styles.title}>
            {meeting.title}
          </h2>
          <p className={styles.note}>
            {dateTimeText(startOf(meeting))} · {durationText(meeting.duration)}
          </p>
        </div>
      </header>
      <dl className={styles.facts}>
        <Fact name="Link" value={link} testId="scheduled-link" />
        <Fact name="Code" value={meeting.code} testId="scheduled-code" />
        {secrets.password !== undefined && (
          <Fact name="Password" value={secrets.password} testId="scheduled-password" />
        )}
        {secrets.hostKey !== undefined && (
          <Fact name="Host key" value={secrets.hostKey} testId="scheduled-host-key" />
        )}
      </dl>
      {(secrets.password !== undefined || secrets.hostKey !== undefined) && (
        <p className={styles.note}>
          {secrets.password !== undefined && 'Keep the password now: it is not shown again. '}
          {secrets.hostKey !== undefined &&
            (session.state === 'user'
              ? 'You are the host wherever you sign in; whoever has the host key can be it, too.'
              : 'You are the host when you join from this browser; with the host key, from any other.')}
        </p>
      )}
      <div className={styles.actions}>
        <CopyButton
          text={invitationText(meeting, secrets.password)}
          label="Copy invitation"
          size="medium"
          look="primary"
        />
        <PlainLinkButton href={calendarLink(meeting.id)} download={`${meeting.code}.ics`}>
          <CalendarPlus size={18} aria-hidden="true" />
          Add to calendar
        </PlainLinkButton>
      </div>
    </section>
  );
}

function Fact({ name, value, testId }: { name: string; value: string; testId: string }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
      <dd>
        <CopyButton text={value} label={`Copy ${name.toLowerCase()}`} short />
      </dd>
    </div>
  );
}
