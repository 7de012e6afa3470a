import type { QualityLevel } from '@meridian/client';
import { classes } from './classes.ts';
import styles from './signal-bars.module.css';

const LIT: Record<QualityLevel, number> = { good: 3, fair: 2, poor: 1, lost: 0 };

/** How good a connection is, at a glance. `level` null: not known yet. */
export function SignalBars({ level, size = 18 }: { level: QualityLevel | null; size?: number }) {
  const shown = level ?? 'good';
  return (
    <svg
      width={size}
      height={(size * 16) / 18}
      viewBox="0 0 18 16"
      className={styles[shown]}
      aria-hidden="true"
    >
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          className={classes(bar < LIT[shown] ? styles.on : styles.off)}
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
