import { X } from 'lucide-react';
import { useEffect } from 'react';
import styles from './toast-list.module.css';
import type { Toast, Toasts } from './use-toasts.ts';

const SHOWN_MS = 6_000;

export function ToastList({ shown, toasts }: { shown: readonly Toast[]; toasts: Toasts }) {
  return (
    <div className={styles.list} role="status" aria-live="polite">
      {shown.map((toast) => (
        <ToastItem key={toast.id} toast={toast} onDismiss={toasts.dismiss} />
      ))}
    </div>
  );
}

function ToastItem({ toast: { id, text }, onDismiss }: { toast: Toast; onDismiss: (id: number) => void }) {
  useEffect(() => {
    const timer = setTimeout(() => onDismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, onDismiss]);

  return (
    <div className={styles.toast} data-testid="error">
      <p>{text}</p>
      <button type="button" className={styles.close} aria-label="Dismiss" onClick={() => onDismiss(id)}>
        <X size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
