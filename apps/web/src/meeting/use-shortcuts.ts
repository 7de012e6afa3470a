import { useEffect, useRef } from 'react';

/** In the notation of aria-keyshortcuts. */
export const SHORTCUTS = { microphone: 'Control+D', camera: 'Control+E' } as const;

/** Ctrl or Cmd with D for the microphone and E for the camera, wherever the focus is. */
export function useShortcuts(toggleMicrophone: () => void, toggleCamera: () => void): void {
  const latest = useRef({ toggleMicrophone, toggleCamera });
  useEffect(() => {
    latest.current = { toggleMicrophone, toggleCamera };
  });

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.repeat) return;
      const key = event.key.toLowerCase();
      if (key !== 'd' && key !== 'e') return;
      event.preventDefault();
      if (key === 'd') latest.current.toggleMicrophone();
      else latest.current.toggleCamera();
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
