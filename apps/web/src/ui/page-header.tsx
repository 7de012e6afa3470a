import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';
import styles from './page-header.module.css';

export function PageHeader({ children }: { children?: ReactNode }) {
  return (
    <header className={styles.header}>
      <Brand />
      {children}
    </header>
  );
}
