import { Mic, MicOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import styles from './level-meter.module.css';
import { useAudioLevel } from './use-audio-level.ts';

/** Loud enough to be a voice rather than the room. */
const HEARD = 0.35;

/** Shows that the microphone hears its user. Says so once for those who do not see the bar. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLDivElement>(null);
  const [heard, setHeard] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another microphone has to be heard anew
  useEffect(() => setHeard(false), [track]);

  useAudioLevel(track, (level) => {
    bar.current?.style.setProperty('--level', level.toFixed(3));
    if (level > HEARD) setHeard(true);
  });

  const Icon = track ? Mic : MicOff;
  return (
    <div className={styles.meter} data-testid="level-meter">
      <Icon size={16} aria-hidden="true" />
      <div ref={bar} className={styles.track} aria-hidden="true">
        <div className={styles.level} />
      </div>
      <span className={styles.text} role="status">
        {!track ? 'Microphone is off' : heard ? 'We hear you' : 'Say something'}
      </span>
    </div>
  );
}
