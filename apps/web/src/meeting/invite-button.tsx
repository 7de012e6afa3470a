import { UserRoundPlus } from 'lucide-react';
import { joinLink } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Popover } from '../ui/popover.tsx';
import styles from './invite-button.module.css';

/** How to get others here: link and code. */
export function InviteButton({ code, label = 'Invite' }: { code: string; label?: string }) {
  return (
    <Popover
      role="dialog"
      label="Invite people"
      align="end"
      trigger={(props) => (
        <Button {...props} look="primary" size="small" className={styles.trigger} data-testid="invite">
          <UserRoundPlus size={16} aria-hidden="true" />
          {label}
        </Button>
      )}
    >
      <Invitation code={code} />
    </Popover>
  );
}

export function Invitation({ code }: { code: string }) {
  const link = joinLink(code);
  return (
    <div className={styles.card}>
      <h2 className={styles.title}>Invite people</h2>
      <p className={styles.text}>Whoever has the link or the code can join, or ask to.</p>
      <div className={styles.fact}>
        <span className={styles.value} data-testid="invite-link">
          {link.replace(/^https?:\/\//, '')}
        </span>
        <CopyButton text={link} label="Copy link" short data-testid="copy-link" />
      </div>
      <div className={styles.fact}>
        <span className={styles.value} data-testid="meeting-code">
          {code}
        </span>
        <CopyButton text={code} label="Copy code" short />
      </div>
    </div>
  );
}
