import { type FormEvent, useEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import styles from './join-card.module.css';
import type { JoinFailure } from './use-join.ts';
import type { MeetingInfo } from './use-meeting-info.ts';

type Props = {
  className: string | undefined;
  info: MeetingInfo;
  onRetry: () => void;
  displayName: string;
  onDisplayName: (name: string) => void;
  password: string;
  onPassword: (password: string) => void;
  joining: boolean;
  failure: JoinFailure | null;
  onJoin: () => void;
};

export function JoinCard(props: Props) {
  const { info, displayName, password, joining, failure } = props;
  const passwordField = useRef<HTMLInputElement>(null);
  const passwordRefused = failure?.code === 'wrong_password' || failure?.code === 'password_required';
  const needsPassword = passwordRefused || (info.state === 'found' && info.meeting.password_required);

  useEffect(() => {
    if (failure && passwordRefused) passwordField.current?.select();
  }, [failure, passwordRefused]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    props.onJoin();
  }

  return (
    <form className={classes(styles.card, props.className)} onSubmit={submit}>
      <MeetingHeading info={info} />
      <TextField
        label="Your name"
        placeholder="How others see you"
        autoComplete="name"
        required
        pattern=".*\S.*"
        maxLength={TEXT_LIMITS.displayName}
        value={displayName}
        data-testid="display-name"
        onChange={(event) => props.onDisplayName(event.target.value)}
      />
      {needsPassword && (
        <TextField
          ref={passwordField}
          label="Meeting password"
          hint="It came with the invitation."
          error={passwordRefused ? failure.text : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
          maxLength={TEXT_LIMITS.password}
          value={password}
          data-testid="password"
          onChange={(event) => props.onPassword(event.target.value)}
        />
      )}
      {failure && (
        // The field already shows a refused password; this copy is for those who hear the page.
        <div className={passwordRefused ? 'visually-hidden' : undefined}>
          <Notice tone="danger" data-testid="error">
            {failure.text}
          </Notice>
        </div>
      )}
      {info.state === 'failed' && (
        <Notice
          tone="danger"
          data-testid="error"
          action={
            <Button size="small" onClick={props.onRetry}>
              Try again
            </Button>
          }
        >
          {info.text}
        </Notice>
      )}
      <Button
        type="submit"
        look="primary"
        size="large"
        busy={joining}
        disabled={info.state !== 'found'}
        data-testid="join-now"
      >
        {joining ? 'Joining…' : 'Join now'}
      </Button>
    </form>
  );
}

function MeetingHeading({ info }: { info: MeetingInfo }) {
  if (info.state !== 'found') {
    return (
      <header className={styles.heading}>
        <h1 className={styles.title}>Ready to join?</h1>
      </header>
    );
  }
  const { title, code, scheduled_start: start } = info.meeting;
  return (
    <header className={styles.heading}>
      <p className={styles.ready}>Ready to join?</p>
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
