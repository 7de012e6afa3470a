import { joinLink } from '../router.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import styles from './empty-room.module.css';

/** Shown to whoever is alone: how to get others here. */
export function EmptyRoom({ code }: { code: string }) {
  const link = joinLink(code);
  return (
    <div className={styles.card}>
      <div className={styles.text}>
        <p className={styles.title}>You are the only one here</p>
        <p className={styles.link}>{link.replace(/^https?:\/\//, '')}</p>
      </div>
      <CopyButton text={link} label="Copy link" />
    </div>
  );
}
