import { Lock } from 'lucide-react';
import { Popover } from '../ui/popover.tsx';
import { Invitation } from './invite-button.tsx';
import { useMeeting } from './meeting-context.ts';
import { MeetingTimer } from './meeting-timer.tsx';
import styles from './meeting-title.module.css';

/** What this is, for how long already, and behind it how to get others here. */
export function MeetingTitle({ side = 'above' }: { side?: 'above' | 'below' }) {
  const { snapshot } = useMeeting();
  const { title, code, startedAt, locked } = snapshot;
  return (
    <div className={styles.title}>
      <h1 className="visually-hidden">{title}</h1>
      <Popover
        role="dialog"
        label="About this meeting"
        side={side}
        trigger={(props) => (
          <button
            {...props}
            type="button"
            className={styles.button}
            title="Link and code"
            data-testid="about"
          >
            <span className={styles.text}>{title}</span>
            {locked && <Lock size={14} role="img" aria-label="Locked" />}
          </button>
        )}
      >
        <Invitation code={code} />
      </Popover>
      <span className={styles.timer}>
        <MeetingTimer startedAt={startedAt} />
      </span>
    </div>
  );
}
