import type { ReactNode } from 'react';
import styles from './centered-page.module.css';
import { PageHeader } from './page-header.tsx';

type Props = { icon: ReactNode; title: string; children: ReactNode; actions?: ReactNode };

/** A page that says one thing: an icon, a heading, an explanation and what can be done now. */
export function CenteredPage({ icon, title, children, actions }: Props) {
  return (
    <div className={styles.page}>
      <title>{`${title} · Meridian`}</title>
      <PageHeader />
      <main className={styles.main}>
        <div className={styles.icon}>{icon}</div>
        <h1 className={styles.title}>{title}</h1>
        <div className={styles.text}>{children}</div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </main>
    </div>
  );
}
