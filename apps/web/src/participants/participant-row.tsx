import type { ParticipantView } from '@meridian/client';
import type { Role } from '@meridian/protocol';
import { Mic, MicOff, MonitorUp, UserMinus, Video, VideoOff } from 'lucide-react';
import { Avatar } from '../ui/avatar.tsx';
import { classes } from '../ui/classes.ts';
import styles from './participant-row.module.css';

const ROLE_NAMES: Record<Role, string | null> = { host: 'Host', co_host: 'Co-host', participant: null };

type Props = {
  participant: ParticipantView;
  /** Whether the one who looks may mute and remove this participant. */
  moderated: boolean;
  onMute: () => void;
  onRemove: () => void;
};

export function ParticipantRow({ participant, moderated, onMute, onRemove }: Props) {
  const { id, displayName, role, isSelf, connection, audio, video, screen } = participant;
  const notes = [isSelf && 'You', ROLE_NAMES[role], connection === 'reconnecting' && 'Reconnecting…'].filter(
    Boolean,
  );
  return (
    <li className={styles.row} data-testid="participant-row" data-participant-id={id}>
      <Avatar name={displayName} seed={id} size="small" />
      <div className={styles.who}>
        <p className={styles.name}>{displayName}</p>
        {notes.length > 0 && <p className={styles.notes}>{notes.join(' · ')}</p>}
      </div>
      {screen && (
        <span className={styles.state}>
          <MonitorUp size={18} role="img" aria-label="Shares the screen" />
        </span>
      )}
      <span className={styles.state}>
        {video ? (
          <Video size={18} role="img" aria-label="Camera on" />
        ) : (
          <VideoOff size={18} className={styles.off} role="img" aria-label="Camera off" />
        )}
      </span>
      {moderated && audio ? (
        <button
          type="button"
          className={styles.action}
          aria-label={`Mute ${displayName}`}
          title="Mute"
          onClick={onMute}
          data-testid="mute-participant"
        >
          <Mic size={18} aria-hidden="true" />
        </button>
      ) : (
        <span className={styles.state}>
          {audio ? (
            <Mic size={18} role="img" aria-label="Microphone on" />
          ) : (
            <MicOff size={18} className={styles.off} role="img" aria-label="Muted" />
          )}
        </span>
      )}
      {moderated && (
        <button
          type="button"
          className={classes(styles.action, styles.remove)}
          aria-label={`Remove ${displayName}`}
          title="Remove from the meeting"
          onClick={onRemove}
          data-testid="remove-participant"
        >
          <UserMinus size={18} aria-hidden="true" />
        </button>
      )}
    </li>
  );
}
