import { Check, Link, Settings2 } from 'lucide-react';
import { joinLink } from '../router.ts';
import { BrandMark } from '../ui/brand.tsx';
import { Button } from '../ui/button.tsx';
import { useCopy } from '../ui/use-copy.ts';
import styles from './meeting-header.module.css';
import { MeetingTimer } from './meeting-timer.tsx';

type Props = { title: string; code: string; startedAt: number; onSettings: () => void };

export function MeetingHeader({ title, code, startedAt, onSettings }: Props) {
  const { copied, failed, copy } = useCopy(joinLink(code));
  const LinkIcon = copied ? Check : Link;
  return (
    <header className={styles.header}>
      <BrandMark size={26} />
      <h1 className={styles.title}>{title}</h1>
      <p className={styles.timer}>
        <MeetingTimer startedAt={startedAt} />
      </p>
      <div className={styles.actions}>
        <Button look="quiet" size="small" onClick={copy} aria-label="Copy link" data-testid="copy-link">
          <LinkIcon size={18} aria-hidden="true" />
          <span className={styles.code} aria-live="polite">
            {copied ? 'Link copied' : failed ? 'Not allowed' : code}
          </span>
        </Button>
        <Button look="quiet" size="small" onClick={onSettings} aria-label="Settings" data-testid="settings">
          <Settings2 size={18} aria-hidden="true" />
        </Button>
      </div>
    </header>
  );
}
