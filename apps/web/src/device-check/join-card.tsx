import { type FormEvent, useEffect, useRef } from 'react';
import { signInLink } from '../account/session.ts';
import type { MeetingInfo } from '../meetings/use-meeting-info.ts';
import { Button, PlainLinkButton } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import styles from './join-card.module.css';
import { MeetingHeading } from './meeting-heading.tsx';
import type { JoinFailure } from './use-join.ts';

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
  onJoin: (audioOnly: boolean) => void;
};

export function JoinCard(props: Props) {
  const { info, displayName, password, joining, failure } = props;
  const form = useRef<HTMLFormElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const passwordRefused = failure?.code === 'wrong_password' || failure?.code === 'password_required';
  const needsPassword = passwordRefused || (info.state === 'found' && info.meeting.password_required);

  useEffect(() => {
    if (failure && passwordRefused) passwordField.current?.select();
  }, [failure, passwordRefused]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    props.onJoin(false);
  }

  return (
    <form ref={form} className={classes(styles.card, props.className)} onSubmit={submit}>
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
          <Notice
            tone="danger"
            data-testid="error"
            action={
              failure.code === 'sign_in_required' && (
                <PlainLinkButton size="small" href={signInLink(window.location.pathname)}>
                  Sign in
                </PlainLinkButton>
              )
            }
          >
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
      <div className={styles.actions}>
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
        <Button
          look="quiet"
          disabled={info.state !== 'found' || joining}
          onClick={() => form.current?.reportValidity() && props.onJoin(true)}
          data-testid="join-audio-only"
        >
          Join with audio only
        </Button>
      </div>
    </form>
  );
}
