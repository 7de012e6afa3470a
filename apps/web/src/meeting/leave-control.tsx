import { ChevronUp, DoorOpen, PhoneOff, Power } from 'lucide-react';
import { classes } from '../ui/classes.ts';
import { Menu, MenuItem } from '../ui/menu.tsx';
import styles from './leave-control.module.css';
import { useMeeting } from './meeting-context.ts';

/** One click leaves; those who may end the meeting find that beside it. */
export function LeaveControl({ onLeave }: { onLeave: () => void }) {
  const { snapshot, actions } = useMeeting();
  const { canEndMeeting } = snapshot.capabilities;
  return (
    <div className={styles.group}>
      <button
        type="button"
        className={classes(styles.leave, canEndMeeting && styles.joined)}
        aria-label="Leave"
        title="Leave the meeting"
        onClick={onLeave}
        data-testid="leave"
      >
        <PhoneOff size={20} aria-hidden="true" />
        <span className={styles.word}>Leave</span>
      </button>
      {canEndMeeting && (
        <Menu
          label="Leave or end"
          side="above"
          align="end"
          trigger={(props) => (
            <button
              {...props}
              type="button"
              className={styles.more}
              aria-label="Leave or end for all"
              data-testid="leave-menu"
            >
              <ChevronUp size={16} aria-hidden="true" />
            </button>
          )}
        >
          <MenuItem icon={DoorOpen} hint="The others go on without you" onSelect={onLeave}>
            Leave
          </MenuItem>
          <MenuItem
            icon={Power}
            danger
            hint="Everybody is sent away"
            onSelect={() => actions.open({ dialog: 'end' })}
            data-testid="end-all"
          >
            End for all
          </MenuItem>
        </Menu>
      )}
    </div>
  );
}
