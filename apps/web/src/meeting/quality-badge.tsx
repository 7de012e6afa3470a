import type { ConnectionQuality, QualityLevel } from '@meridian/client';
import { useSyncExternalStore } from 'react';
import { classes } from '../ui/classes.ts';
import { Popover } from '../ui/popover.tsx';
import { useMeeting } from './meeting-context.ts';
import styles from './quality-badge.module.css';
import { qualityRows } from './quality-rows.ts';

const WORDS: Record<QualityLevel, string> = { good: 'Good', fair: 'Fair', poor: 'Poor', lost: 'Lost' };
const BARS: Record<QualityLevel, number> = { good: 3, fair: 2, poor: 1, lost: 0 };

/** How good one's own connection is: bars at a glance, the numbers on demand. */
export function QualityBadge() {
  const { meeting, snapshot } = useMeeting();
  const { quality } = meeting;
  const measured = useSyncExternalStore(quality.subscribe, quality.get);
  const level = measured?.level ?? 'good';
  return (
    <Popover
      role="dialog"
      label="Your connection"
      side="above"
      trigger={(props) => (
        <button
          {...props}
          type="button"
          className={styles.badge}
          aria-label={`Your connection: ${measured ? WORDS[level] : 'being measured'}`}
          data-testid="quality"
          data-level={measured ? level : 'unknown'}
        >
          <Bars count={measured ? BARS[level] : 3} level={level} />
        </button>
      )}
    >
      <Details quality={measured} region={snapshot.region} />
    </Popover>
  );
}

function Bars({ count, level }: { count: number; level: QualityLevel }) {
  return (
    <svg width="18" height="16" viewBox="0 0 18 16" className={styles[level]} aria-hidden="true">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          className={classes(bar < count ? styles.on : styles.off)}
          x={bar * 6.5}
          y={10 - bar * 5}
          width="4.500"
          height={6 + bar * 5}
          rx="1.500"
        />
      ))}
    </svg>
  );
}

function Details({ quality, region }: { quality: ConnectionQuality | null; region: string }) {
  return (
    <div className={styles.details}>
      <h2 className={styles.title}>Your connection{quality && `: ${WORDS[quality.level].toLowerCase()}`}</h2>
      {quality ? (
        <dl className={styles.rows}>
          {qualityRows(quality, region).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p>It is being measured.</p>
      )}
    </div>
  );
}
