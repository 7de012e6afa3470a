import { useRef, useState } from 'react';
import { classes } from './classes.ts';
import { useTrackStream } from './use-track-stream.ts';
import { arrangeVideo, type VideoSlots } from './video-slots.ts';
import styles from './video-view.module.css';

type Props = {
  track: MediaStreamTrack;
  /** What is about to take the place of `track`: it gets an element of its own, which comes to the front then. */
  next?: MediaStreamTrack | null;
  fit: 'cover' | 'contain';
  mirrored?: boolean;
  label: string;
  'data-testid'?: string;
};

/** The picture of a track; its sound, if any, is played elsewhere. Fills its parent, which has to be positioned. */
export function VideoView({ track, next = null, ...rest }: Props) {
  const [slots, setSlots] = useState<VideoSlots>({ front: 0, tracks: [track, next] });
  const arranged = arrangeVideo(slots, track, next);
  if (arranged !== slots) setSlots(arranged);
  return ([0, 1] as const).map((place) => {
    const shown = arranged.tracks[place];
    return shown && <Video key={place} track={shown} behind={place !== arranged.front} {...rest} />;
  });
}

type VideoProps = Omit<Props, 'next'> & { behind: boolean };

function Video({ track, behind, fit, mirrored = false, label, 'data-testid': testId }: VideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useTrackStream(video, track);
  return (
    <video
      ref={video}
      className={classes(styles.video, styles[fit], mirrored && styles.mirrored, behind && styles.behind)}
      aria-label={label}
      aria-hidden={behind}
      data-behind={behind}
      autoPlay
      playsInline
      muted
      disablePictureInPicture
      data-testid={testId}
    />
  );
}
