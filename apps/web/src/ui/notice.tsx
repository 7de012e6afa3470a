import { CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './notice.module.css';

type Props = {
  tone: 'info' | 'warning' | 'danger';
  children: ReactNode;
  action?: ReactNode;
  'data-testid'?: string;
};

const ICONS = { info: Info, warning: TriangleAlert, danger: CircleX };

/** A message in the page. What went wrong is announced at once, the rest when there is time. */
export function Notice({ tone, children, action, 'data-testid': testId }: Props) {
  const Icon = ICONS[tone];
  return (
    <div
      className={classes(styles.notice, styles[tone])}
      role={tone === 'danger' ? 'alert' : 'status'}
      data-testid={testId}
    >
      <Icon size={18} aria-hidden="true" />
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
