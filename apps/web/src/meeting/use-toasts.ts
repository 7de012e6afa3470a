import { useMemo, useState } from 'react';
import { errorText } from '../error-text.ts';

export type ToastAction = { label: string; run: () => void; testId?: string };
export type Toast = {
  id: number;
  text: string;
  actions: readonly ToastAction[];
  /** Stays until it is answered or dismissed. */
  sticky: boolean;
};

export type Toasts = {
  show: (text: string) => void;
  showError: (error: unknown) => void;
  /** Stays until one of the actions is taken, or none. */
  ask: (text: string, actions: readonly ToastAction[]) => void;
  dismiss: (id: number) => void;
};

const MOST = 3;

/** Short messages over the meeting. `Toasts` never changes, so that effects may use it freely. */
export function useToasts(): [readonly Toast[], Toasts] {
  const [shown, setShown] = useState<readonly Toast[]>([]);
  const toasts = useMemo<Toasts>(() => {
    let lastId = 0;
    const add = (text: string, actions: readonly ToastAction[], sticky: boolean) => {
      const toast = { id: ++lastId, text, actions, sticky };
      // The same again is news, but not a second message.
      setShown((before) => [...before.filter((other) => other.text !== text), toast].slice(-MOST));
    };
    return {
      show: (text) => add(text, [], false),
      showError: (error) => add(errorText(error), [], false),
      ask: (text, actions) => add(text, actions, true),
      dismiss: (id) => setShown((before) => before.filter((toast) => toast.id !== id)),
    };
  }, []);
  return [shown, toasts];
}
