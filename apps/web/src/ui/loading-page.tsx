import styles from './page.module.css';
import { PageHeader } from './page-header.tsx';
import { SkeletonRows } from './skeleton.tsx';

export function LoadingPage() {
  return (
    <>
      <PageHeader />
      <main className={styles.main}>
        <SkeletonRows rows={3} label="Loading the page" />
      </main>
    </>
  );
}
