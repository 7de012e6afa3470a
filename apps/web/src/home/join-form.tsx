import { type FormEvent, useId, useState } from 'react';
import { parseMeetingRef } from '../meetings/meeting-ref.ts';
import { joinPath, navigate } from '../router.ts';
import { Button } from '../ui/button.tsx';
import styles from './join-form.module.css';

export function JoinForm() {
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const id = useId();

  function join(event: FormEvent): void {
    event.preventDefault();
    const meeting = parseMeetingRef(text);
    if (meeting) navigate(joinPath(meeting));
    else setRefused(true);
  }

  return (
    <form className={styles.form} onSubmit={join} noValidate>
      <label className="visually-hidden" htmlFor={id}>
        Meeting code or link
      </label>
      <div className={styles.box}>
        <input
          id={id}
          className={styles.input}
          value={text}
          placeholder="Code or link"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="go"
          aria-invalid={refused || undefined}
          aria-describedby={refused ? `${id}-error` : undefined}
          data-testid="join-code"
          onChange={(event) => {
            setText(event.target.value);
            setRefused(false);
          }}
        />
        <Button type="submit" look="quiet" disabled={text.trim() === ''} data-testid="join-button">
          Join
        </Button>
      </div>
      {refused && (
        <p id={`${id}-error`} role="alert" className={styles.error} data-testid="error">
          A meeting code has 11 digits, like 123-4567-8901. You can also paste the whole link.
        </p>
      )}
    </form>
  );
}
