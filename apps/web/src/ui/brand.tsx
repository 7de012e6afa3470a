import styles from './brand.module.css';
import { followInPage } from './in-page-link.ts';

/** The name with its mark; leads home. */
export function Brand() {
  return (
    <a className={styles.brand} href="/" onClick={followInPage('/')}>
      <BrandMark />
      <span>Meridian</span>
    </a>
  );
}

export function BrandMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect className={styles.ground} width="32" height="32" rx="9" />
      <g className={styles.lines}>
        <circle cx="16" cy="16" r="9" />
        <path d="M16 7c-4.6 5.4-4.6 12.6 0 18M7 16h18" />
      </g>
      <circle className={styles.sun} cx="16" cy="16" r="2.6" />
    </svg>
  );
}
