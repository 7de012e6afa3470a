import { useMemo, useState } from 'react';
import { errorText } from '../error-text.ts';

export type Toast = { id: number; text: string };

export type Toasts = {
  show: (text: string) => void;
  showError: (error: unknown) => void;
  dismiss: (id: number) => void;
};

const MOST = 3;

/** Short messages over the meeting. `Toasts` never changes, so that effects may use it freely. */
export function useToasts(): [readonly Toast[], Toasts] {
  const [shown, setShown] = useState<readonly Toast[]>([]);
  const toasts = useMemo<Toasts>(() => {
    let lastId = 0;
    const show = (text: string) => {
      const toast = { id: ++lastId, text };
      // The same again is news, but not a second message.
      setShown((before) => [...before.filter((other) => other.text !== text), toast].slice(-MOST));
    };
    return {
      show,
      showError: (error) => show(errorText(error)),
      dismiss: (id) => setShown((before) => before.filter((toast) => toast.id !== id)),
    };
  }, []);
  return [shown, toasts];
}
