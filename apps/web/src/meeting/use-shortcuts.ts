import { useEffect, useRef } from 'react';
import { type Command, commandOf } from './shortcuts.ts';

type Handlers = Record<Exclude<Command, 'talk'>, () => void> & {
  /** Held down, and let go. */
  talk: (talking: boolean) => void;
};

/** The keys of the meeting, wherever the focus is. Dialogs and menus keep theirs to themselves. */
export function useShortcuts(handlers: Handlers, singleKeys: boolean): void {
  const latest = useRef({ handlers, singleKeys });
  useEffect(() => {
    latest.current = { handlers, singleKeys };
  });

  useEffect(() => {
    let talking = false;
    function onKeyDown(event: KeyboardEvent): void {
      const { handlers: on, singleKeys: enabled } = latest.current;
      if (event.isComposing || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const command = commandOf(event, busyWith(event.target), enabled);
      if (command === null) return;
      event.preventDefault();
      if (event.repeat) return;
      if (command === 'talk') {
        talking = true;
        on.talk(true);
      } else on[command]();
    }
    function stopTalking(): void {
      if (talking) latest.current.handlers.talk(false);
      talking = false;
    }
    function onKeyUp(event: KeyboardEvent): void {
      if (event.key === ' ') stopTalking();
    }
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('keyup', onKeyUp);
    // The key may be let go in another window, which this page does not hear of.
    window.addEventListener('blur', stopTalking);
    return () => {
      stopTalking();
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('keyup', onKeyUp);
      window.removeEventListener('blur', stopTalking);
    };
  }, []);
}

function busyWith(target: EventTarget | null): 'no' | 'button' | 'typing' {
  if (!(target instanceof Element)) return 'no';
  if (target.closest('input, textarea, select, [contenteditable="true"], [role="menu"]')) return 'typing';
  return target.closest('button, a, summary, [tabindex="0"]') ? 'button' : 'no';
}
