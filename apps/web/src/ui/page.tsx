import type { ReactNode } from 'react';
import styles from './page.module.css';
import { PageHeader } from './page-header.tsx';

type Props = { title: string; lead?: ReactNode; action?: ReactNode; children: ReactNode };

/** A page with a heading and content in one column. */
export function Page({ title, lead, action, children }: Props) {
  return (
    <>
      <title>{`${title} · Meridian`}</title>
      <PageHeader />
      <main className={styles.main}>
        <div className={styles.head}>
          <div>
            <h1 className={styles.title}>{title}</h1>
            {lead && <p className={styles.lead}>{lead}</p>}
          </div>
          {action}
        </div>
        {children}
      </main>
    </>
  );
}
