import { MicOff, Pin, PinOff } from 'lucide-react';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { VideoView } from '../ui/video-view.tsx';
import type { StageTile } from './stage-tiles.ts';
import styles from './tile.module.css';

type Props = { tile: StageTile; pinned: boolean; onPin: () => void; onStopShare: () => void };

export function Tile({ tile, pinned, onPin, onStopShare }: Props) {
  const { participant, source, track } = tile;
  const { isSelf, displayName } = participant;
  const reconnecting = participant.connection === 'reconnecting';
  const muted = source === 'camera' && !participant.audio;
  const name = tileName(tile);
  const PinIcon = pinned ? PinOff : Pin;
  return (
    <article
      className={classes(styles.tile, source === 'screen' && styles.screen, reconnecting && styles.faded)}
      aria-label={[name, muted && 'muted', reconnecting && 'reconnecting'].filter(Boolean).join(', ')}
      data-testid="tile"
      data-participant-id={participant.id}
      data-self={isSelf}
      data-source={source}
    >
      {track ? (
        <VideoView
          track={track}
          mirrored={isSelf && source === 'camera'}
          fit={source === 'screen' ? 'contain' : 'cover'}
          label={name}
        />
      ) : (
        <div className={styles.empty}>
          <Avatar name={displayName} seed={participant.id} size="fluid" data-testid="avatar" />
        </div>
      )}
      {reconnecting && <p className={styles.reconnecting}>Reconnecting…</p>}
      <div className={styles.label}>
        {muted && (
          <span className={styles.muted} data-testid="tile-muted">
            <MicOff size={14} aria-hidden="true" />
          </span>
        )}
        <span className={styles.name}>{name}</span>
      </div>
      {isSelf && source === 'screen' ? (
        <div className={styles.stop}>
          <Button look="danger" size="small" onClick={onStopShare}>
            Stop sharing
          </Button>
        </div>
      ) : (
        <button
          type="button"
          className={styles.pin}
          aria-label={`Show ${name} large`}
          aria-pressed={pinned}
          title={pinned ? 'Unpin' : 'Pin'}
          onClick={onPin}
        >
          <PinIcon size={16} aria-hidden="true" />
        </button>
      )}
    </article>
  );
}

function tileName({ participant: { displayName, isSelf }, source }: StageTile): string {
  if (source === 'camera') return isSelf ? `${displayName} (you)` : displayName;
  return isSelf ? 'Your screen' : `${displayName}'s screen`;
}
