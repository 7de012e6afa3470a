import { Check, X } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import rowStyles from './participant-row.module.css';
import styles from './participants-panel.module.css';

/** Who stands at the door; for those who may open it. */
export function WaitingList() {
  const { meeting, snapshot, actions } = useMeeting();
  const { waiting } = snapshot;
  if (waiting.length === 0) return null;
  return (
    <section className={styles.waiting} aria-labelledby="waiting-title" data-testid="waiting-list">
      <header className={styles.heading}>
        <h3 id="waiting-title" className={styles.label}>
          Waiting to join ({waiting.length})
        </h3>
        {waiting.length > 1 && (
          <Button
            look="quiet"
            size="small"
            onClick={() => actions.run(meeting.admitAll())}
            data-testid="admit-all"
          >
            Admit all
          </Button>
        )}
      </header>
      <ul>
        {waiting.map(({ id, displayName, guest }) => (
          <li key={id} className={rowStyles.row} data-testid="waiting-row" data-participant-id={id}>
            <Avatar name={displayName} seed={id} size="small" />
            <div className={rowStyles.who}>
              <p className={rowStyles.name}>{displayName}</p>
              {guest && <p className={rowStyles.notes}>Guest</p>}
            </div>
            <IconButton
              label={`Turn ${displayName} away`}
              onClick={() => actions.run(meeting.deny(id))}
              data-testid="deny"
            >
              <X size={18} aria-hidden="true" />
            </IconButton>
            <Button
              look="primary"
              size="small"
              aria-label={`Admit ${displayName}`}
              onClick={() => actions.run(meeting.admit(id))}
              data-testid="admit"
            >
              <Check size={16} aria-hidden="true" />
              Admit
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
