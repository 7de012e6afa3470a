import { MonitorUp } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import styles from './banner.module.css';

/** One's own screen is not shown back to oneself; this says that it is shown to the others. */
export function SharingBanner({ onStop }: { onStop: () => void }) {
  return (
    <div role="status">
      <div className={styles.banner} data-testid="sharing-banner">
        <MonitorUp size={18} aria-hidden="true" />
        <p className={styles.text}>Everybody sees your screen</p>
        <Button size="small" look="danger" onClick={onStop}>
          Stop sharing
        </Button>
      </div>
    </div>
  );
}
