import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './dialog.module.css';

type Props = {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Below the content, on the right: what can be done. */
  actions?: ReactNode;
  wide?: boolean;
  'data-testid'?: string;
};

/** As a modal it keeps the focus inside, closes on Escape, and gives the focus back, all by itself. */
export function Dialog({ title, onClose, children, actions, wide = false, 'data-testid': testId }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // Closing gives the focus back; taken out of the page while open, it would leave the focus nowhere.
      const lost = document.activeElement === document.body || document.activeElement === null;
      if (lost && opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      className={classes(styles.dialog, wide && styles.wide)}
      aria-labelledby={id}
      data-testid={testId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
      // What is typed in a dialog is no shortcut of the page below.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className={styles.frame}>
        <header className={styles.header}>
          <h2 id={id} className={styles.title}>
            {title}
          </h2>
          <IconButton label="Close" onClick={() => dialog.current?.close()}>
            <X size={20} aria-hidden="true" />
          </IconButton>
        </header>
        <div className={styles.body}>{children}</div>
        {actions && <footer className={styles.actions}>{actions}</footer>}
      </div>
    </dialog>
  );
}
