import type { ConnectionQuality, QualityLevel } from '@meridian/client';
import { useSyncExternalStore } from 'react';
import { Popover } from '../ui/popover.tsx';
import { SignalBars } from '../ui/signal-bars.tsx';
import { useMeeting } from './meeting-context.ts';
import styles from './quality-badge.module.css';
import { qualityRows } from './quality-rows.ts';

const WORDS: Record<QualityLevel, string> = { good: 'Good', fair: 'Fair', poor: 'Poor', lost: 'Lost' };

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
          <SignalBars level={measured ? level : null} />
        </button>
      )}
    >
      <Details quality={measured} region={snapshot.region} />
    </Popover>
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
