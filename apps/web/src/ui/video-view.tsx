import { useRef } from 'react';
import { classes } from './classes.ts';
import { useTrackStream } from './use-track-stream.ts';
import styles from './video-view.module.css';

type Props = {
  track: MediaStreamTrack;
  fit: 'cover' | 'contain';
  mirrored?: boolean;
  label: string;
  'data-testid'?: string;
};

/** The picture of a track; its sound, if any, is played elsewhere. */
export function VideoView({ track, fit, mirrored = false, label, 'data-testid': testId }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useTrackStream(video, track);
  return (
    <video
      ref={video}
      className={classes(styles.video, styles[fit], mirrored && styles.mirrored)}
      aria-label={label}
      autoPlay
      playsInline
      muted
      disablePictureInPicture
      data-testid={testId}
    />
  );
}
