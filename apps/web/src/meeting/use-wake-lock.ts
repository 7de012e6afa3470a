import { useEffect } from 'react';

/** Keeps the screen from going dark while people talk. Where that is impossible, the meeting goes on without. */
export function useWakeLock(): void {
  useEffect(() => {
    if (!('wakeLock' in navigator)) return;
    let lock: Promise<WakeLockSentinel | null> = Promise.resolve(null);
    // The browser drops the lock whenever the page is hidden.
    function acquire(): void {
      if (document.visibilityState === 'visible')
        lock = navigator.wakeLock.request('screen').catch(() => null);
    }
    acquire();
    document.addEventListener('visibilitychange', acquire);
    return () => {
      document.removeEventListener('visibilitychange', acquire);
      void lock.then((sentinel) => sentinel?.release());
    };
  }, []);
}
