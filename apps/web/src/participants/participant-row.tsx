import type { ParticipantView } from '@meridian/client';
import { Hand, Mic, MicOff, MonitorUp, VideoOff } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { useSpeaking } from '../meeting/use-levels.ts';
import { Avatar } from '../ui/avatar.tsx';
import { classes } from '../ui/classes.ts';
import { participantActions } from './participant-actions.ts';
import { ParticipantMenu } from './participant-menu.tsx';
import styles from './participant-row.module.css';
import { roleName } from './role-name.ts';

type Props = {
  participant: ParticipantView;
  /** Where nobody has an account, everybody is a guest, and that says nothing. */
  markGuests: boolean;
};

export function ParticipantRow({ participant, markGuests }: Props) {
  const { id, displayName, role, isSelf, connection, video, screen, handRaisedAt, guest } = participant;
  const notes = [
    isSelf && 'You',
    roleName(role),
    guest && markGuests && 'Guest',
    connection === 'reconnecting' && 'Reconnecting…',
  ].filter(Boolean);
  return (
    <li className={styles.row} data-testid="participant-row" data-participant-id={id}>
      <Avatar name={displayName} seed={id} size="small" />
      <div className={styles.who}>
        <p className={styles.name}>{displayName}</p>
        {notes.length > 0 && <p className={styles.notes}>{notes.join(' · ')}</p>}
      </div>
      {handRaisedAt !== null && (
        <span className={classes(styles.state, styles.hand)} data-testid="row-hand">
          <Hand size={18} role="img" aria-label="Hand raised" />
        </span>
      )}
      {screen && (
        <span className={styles.state}>
          <MonitorUp size={18} role="img" aria-label="Shares the screen" />
        </span>
      )}
      {!video && (
        <span className={styles.state}>
          <VideoOff size={18} role="img" aria-label="Camera off" />
        </span>
      )}
      <Microphone participant={participant} />
      <ParticipantMenu participant={participant} className={styles.action} />
    </li>
  );
}

/** Whether somebody can be heard; for those who may, the button that ends it. */
function Microphone({ participant }: { participant: ParticipantView }) {
  const { meeting, snapshot, actions } = useMeeting();
  const speaking = useSpeaking(participant.id);
  const { id, displayName, audio } = participant;
  if (!audio) {
    return (
      <span className={classes(styles.state, styles.off)}>
        <MicOff size={18} role="img" aria-label="Muted" />
      </span>
    );
  }
  const me = { role: snapshot.self.role, capabilities: snapshot.capabilities };
  if (!participantActions(me, participant, null).includes('mute')) {
    return (
      <span className={classes(styles.state, speaking && styles.speaking)}>
        <Mic size={18} role="img" aria-label="Microphone on" />
      </span>
    );
  }
  return (
    <button
      type="button"
      className={classes(styles.action, speaking && styles.speaking)}
      aria-label={`Mute ${displayName}`}
      title="Mute"
      onClick={() => actions.run(meeting.muteParticipant(id))}
      data-testid="mute-participant"
    >
      <Mic size={18} aria-hidden="true" />
    </button>
  );
}
