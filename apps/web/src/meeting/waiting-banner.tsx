import { DoorOpen } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import styles from './banner.module.css';
import { useMeeting } from './meeting-context.ts';

/** Tells those who may open the door that somebody stands before it. */
export function WaitingBanner({ onView }: { onView: () => void }) {
  const { meeting, snapshot, actions } = useMeeting();
  const { waiting } = snapshot;
  const [first] = waiting;
  return (
    <div role="status">
      {first && (
        <div className={styles.banner} data-testid="waiting-banner">
          <DoorOpen size={18} aria-hidden="true" />
          <p className={styles.text}>
            {waiting.length === 1
              ? `${first.displayName} wants to join`
              : `${first.displayName} and ${waiting.length - 1} more want to join`}
          </p>
          <Button size="small" look="quiet" onClick={onView}>
            View
          </Button>
          {waiting.length === 1 ? (
            <Button
              size="small"
              look="primary"
              onClick={() => actions.run(meeting.admit(first.id))}
              data-testid="banner-admit"
            >
              Admit
            </Button>
          ) : (
            <Button
              size="small"
              look="primary"
              onClick={() => actions.run(meeting.admitAll())}
              data-testid="banner-admit-all"
            >
              Admit all
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
