import { X } from 'lucide-react';
import { useEffect } from 'react';
import { Button } from '../ui/button.tsx';
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

function ToastItem({ toast, onDismiss }: { toast: Toast; onDismiss: (id: number) => void }) {
  const { id, text, actions, sticky } = toast;
  useEffect(() => {
    if (sticky) return;
    const timer = setTimeout(() => onDismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, sticky, onDismiss]);

  return (
    <div className={styles.toast} data-testid="toast">
      <p>{text}</p>
      {actions.map(({ label, run, testId }, index) => (
        <Button
          key={label}
          size="small"
          look={index === 0 ? 'primary' : 'quiet'}
          onClick={() => {
            onDismiss(id);
            run();
          }}
          {...(testId !== undefined && { 'data-testid': testId })}
        >
          {label}
        </Button>
      ))}
      <button type="button" className={styles.close} aria-label="Dismiss" onClick={() => onDismiss(id)}>
        <X size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
