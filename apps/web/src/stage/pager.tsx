import { ChevronLeft, ChevronRight } from 'lucide-react';
import styles from './pager.module.css';

type Props = { page: number; pageCount: number; onPage: (page: number) => void };

export function Pager({ page, pageCount, onPage }: Props) {
  return (
    <nav className={styles.pager} aria-label="Pages of participants">
      <button
        type="button"
        className={styles.step}
        aria-label="Previous page"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        <ChevronLeft size={18} aria-hidden="true" />
      </button>
      <span className={styles.position} aria-live="polite">
        {page + 1} / {pageCount}
      </span>
      <button
        type="button"
        className={styles.step}
        aria-label="Next page"
        disabled={page === pageCount - 1}
        onClick={() => onPage(page + 1)}
      >
        <ChevronRight size={18} aria-hidden="true" />
      </button>
    </nav>
  );
}
