import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import styles from './side-panel.module.css';

type Props = { title: string; onClose: () => void; children: ReactNode };

/** Beside the stage; over it where there is no room beside it. */
export function SidePanel({ title, onClose, children }: Props) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  // At the first rendering, before anything inside has taken the focus.
  const [opener] = useState(() => document.activeElement);

  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, [opener]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') onClose();
  }

  return (
    <aside ref={panel} className={styles.panel} aria-labelledby={id} onKeyDown={onKeyDown}>
      <header className={styles.header}>
        <h2 id={id} ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h2>
        <Button look="quiet" size="small" aria-label={`Close ${title.toLowerCase()}`} onClick={onClose}>
          <X size={20} aria-hidden="true" />
        </Button>
      </header>
      {children}
    </aside>
  );
}
