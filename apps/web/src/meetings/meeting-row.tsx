import type { Meeting } from '@meridian/protocol';
import { CalendarPlus, Copy, Ellipsis, Link, Lock, Pencil, Trash2 } from 'lucide-react';
import { editPath, joinLink, joinPath, navigate } from '../router.ts';
import { IconButton, LinkButton } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../ui/menu.tsx';
import { calendarLink, invitationText } from './invitation.ts';
import styles from './meeting-row.module.css';
import { durationText, phaseOf, startOf, timeText } from './meeting-times.ts';

type Props = {
  meeting: Meeting;
  now: Date;
  /** Without it there is no menu. */
  actions?: { onCopied: (what: string) => void; onDelete: () => void };
};

export function MeetingRow({ meeting, now, actions }: Props) {
  const { title, code, duration, password_required: locked } = meeting;
  const phase = phaseOf(meeting, now);
  const start = startOf(meeting);
  const near = phase === 'now' || phase === 'soon';
  return (
    <li className={styles.row} data-testid="meeting-row" data-code={code}>
      <div className={styles.time}>
        <time dateTime={start.toISOString()}>{timeText(start)}</time>
        <span>{durationText(duration)}</span>
      </div>
      <div className={styles.what}>
        <h3 className={styles.title}>{title}</h3>
        <p className={styles.facts}>
          {near && (
            <span className={classes(styles.badge, phase === 'now' && styles.now)}>
              {phase === 'now' ? 'Now' : 'Starts soon'}
            </span>
          )}
          <span>{code}</span>
          {locked && (
            <span className={styles.lock}>
              <Lock size={13} role="img" aria-label="Password" />
            </span>
          )}
        </p>
      </div>
      <LinkButton look={near ? 'primary' : 'secondary'} size="small" href={joinPath(code)}>
        {meeting.status === 'active' ? 'Join' : 'Start'}
      </LinkButton>
      {actions && <RowMenu meeting={meeting} {...actions} />}
    </li>
  );
}

function RowMenu({ meeting, onCopied, onDelete }: { meeting: Meeting } & NonNullable<Props['actions']>) {
  const { id, title, code } = meeting;
  function copy(text: string, what: string): void {
    navigator.clipboard.writeText(text).then(
      () => onCopied(`${what} copied`),
      () => onCopied('The browser does not allow copying'),
    );
  }
  return (
    <Menu
      label={`Actions for ${title}`}
      align="end"
      trigger={(props) => (
        <IconButton {...props} label={`More for ${title}`} data-testid="meeting-menu">
          <Ellipsis size={18} aria-hidden="true" />
        </IconButton>
      )}
    >
      <MenuItem icon={Link} onSelect={() => copy(joinLink(code), 'Link')}>
        Copy link
      </MenuItem>
      <MenuItem icon={Copy} onSelect={() => copy(invitationText(meeting), 'Invitation')}>
        Copy invitation
      </MenuItem>
      <MenuLink icon={CalendarPlus} href={calendarLink(id)}>
        Add to calendar
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={Pencil} onSelect={() => navigate(editPath(id))} data-testid="edit-meeting">
        Edit
      </MenuItem>
      <MenuItem icon={Trash2} danger onSelect={onDelete} data-testid="delete-meeting">
        Delete
      </MenuItem>
    </Menu>
  );
}
