import type { MeetingStatus } from '@meridian/client';
import { classes } from '../ui/classes.ts';
import { Spinner } from '../ui/spinner.tsx';
import styles from './banner.module.css';

/** What is gone and what still works, so that nobody leaves a meeting that is about to be back. */
export function ReconnectingBanner({ status }: { status: MeetingStatus }) {
  const text = bannerText(status);
  return (
    <div role="status">
      {text !== null && (
        <div className={classes(styles.banner, styles.warning)} data-testid="reconnecting">
          <Spinner size={16} />
          <p className={styles.text}>{text}</p>
        </div>
      )}
    </div>
  );
}

function bannerText(status: MeetingStatus): string | null {
  if (status.status !== 'reconnecting') return null;
  if (status.media) return 'Reconnecting. You will be back in a moment.';
  return 'Reconnecting. You can go on talking; chat and controls follow in a moment.';
}
