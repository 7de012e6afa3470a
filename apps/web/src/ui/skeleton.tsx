import styles from './skeleton.module.css';

/** Stands where a list is going to be. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div className={styles.rows} role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never move
        <div key={index} className={styles.row} aria-hidden="true">
          <div className={styles.block} />
          <div className={styles.lines}>
            <div className={styles.line} />
            <div className={styles.short} />
          </div>
        </div>
      ))}
    </div>
  );
}
