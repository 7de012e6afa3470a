import { type ReactNode, useState } from 'react';
import { errorText } from '../error-text.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';

type Props = {
  title: string;
  children: ReactNode;
  /** What the button says: the deed, not "OK". */
  action: string;
  danger?: boolean;
  /** Stays open, and says why, when this rejects. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
};

export function ConfirmDialog({ title, children, action, danger = false, onConfirm, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function confirm(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={title}
      onClose={onClose}
      data-testid="confirm-dialog"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look={danger ? 'danger' : 'primary'} busy={busy} onClick={confirm} data-testid="confirm">
            {action}
          </Button>
        </>
      }
    >
      <div>{children}</div>
      {error && <Notice tone="danger">{error}</Notice>}
    </Dialog>
  );
}
