import { Hand, MicOff, Pin, PinOff, WifiOff } from 'lucide-react';
import { useSpeaking } from '../meeting/use-levels.ts';
import { ParticipantMenu } from '../participants/participant-menu.tsx';
import { roleName } from '../participants/role-name.ts';
import { Avatar } from '../ui/avatar.tsx';
import { classes } from '../ui/classes.ts';
import { MenuItem } from '../ui/menu.tsx';
import { SignalBars } from '../ui/signal-bars.tsx';
import { VideoView } from '../ui/video-view.tsx';
import type { StageTile } from './stage-tiles.ts';
import styles from './tile.module.css';

type Props = {
  tile: StageTile;
  /** One's own, in a corner: a picture and little else. */
  small: boolean;
  pinned: boolean;
  onPin: () => void;
};

export function Tile({ tile, small, pinned, onPin }: Props) {
  const { participant, source, track, next, late, frozen, weak } = tile;
  const { isSelf, displayName, handRaisedAt } = participant;
  const camera = source === 'camera';
  const reconnecting = participant.connection === 'reconnecting';
  const muted = camera && !participant.audio;
  const raised = camera && handRaisedAt !== null;
  const speaking = useSpeaking(participant.id) && camera && !muted;
  const name = tileName(tile);
  const role = camera ? roleName(participant.role) : null;
  const said = [
    name,
    role,
    muted && 'muted',
    raised && 'hand raised',
    weak && 'weak connection',
    reconnecting && 'reconnecting',
  ];
  return (
    <article
      className={classes(
        styles.tile,
        !camera && styles.screen,
        reconnecting && styles.faded,
        speaking && styles.speaking,
        raised && styles.raised,
      )}
      aria-label={said.filter(Boolean).join(', ')}
      data-testid="tile"
      data-participant-id={participant.id}
      data-self={isSelf}
      data-source={source}
      data-speaking={speaking}
    >
      {track ? (
        <VideoView
          track={track}
          next={next}
          mirrored={isSelf && camera}
          fit={camera ? 'cover' : 'contain'}
          label={name}
        />
      ) : (
        <div className={styles.empty}>
          <Avatar name={displayName} seed={participant.id} size="fluid" data-testid="avatar" />
        </div>
      )}
      {reconnecting && <p className={styles.notice}>Reconnecting…</p>}
      {(frozen || late) && !reconnecting && (
        <p className={classes(styles.notice, late && styles.late)}>
          <WifiOff size={16} aria-hidden="true" /> {late ? 'Waiting for video' : 'Poor connection'}
        </p>
      )}
      {raised && (
        <span className={styles.hand} data-testid="tile-hand">
          <Hand size={18} aria-hidden="true" />
        </span>
      )}
      <div className={styles.label}>
        {muted && (
          <span className={styles.muted} data-testid="tile-muted">
            <MicOff size={14} aria-hidden="true" />
          </span>
        )}
        {weak && (
          <span className={styles.weak} title={`${displayName}’s connection is weak`} data-testid="tile-weak">
            <SignalBars level="poor" size={14} />
          </span>
        )}
        <span className={styles.name}>{small ? 'You' : name}</span>
        {role && !small && <span className={styles.role}>{role}</span>}
      </div>
      {!small && (
        <div className={styles.actions}>
          <button
            type="button"
            className={classes(styles.action, styles.pin)}
            aria-label={`Pin ${name}`}
            aria-pressed={pinned}
            title={pinned ? 'Unpin' : 'Pin: keep large for me'}
            onClick={onPin}
            data-testid="pin"
          >
            {pinned ? <PinOff size={16} aria-hidden="true" /> : <Pin size={16} aria-hidden="true" />}
          </button>
          {camera && (
            <ParticipantMenu participant={participant} className={styles.action}>
              <MenuItem icon={pinned ? PinOff : Pin} onSelect={onPin}>
                {pinned ? 'Unpin' : 'Pin for me'}
              </MenuItem>
            </ParticipantMenu>
          )}
        </div>
      )}
    </article>
  );
}

function tileName({ participant: { displayName, isSelf }, source }: StageTile): string {
  if (source === 'camera') return isSelf ? `${displayName} (you)` : displayName;
  return `${displayName}'s screen`;
}
