/** `network`: it is back, or another one. `visible`: somebody looks at the page again. */
export type WakeReason = 'network' | 'visible';

/** Tells when trying again is worth it at once. */
export interface Wake {
  subscribe(listener: (why: WakeReason) => void): () => void;
}

export const browserWake: Wake = {
  subscribe(listener) {
    // Outside a browser (load generators, tests) there is nothing to listen to.
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
    const visible = () => {
      if (document.visibilityState === 'visible') listener('visible');
    };
    const network = () => listener('network');
    const connection = networkInformation();
    window.addEventListener('online', network);
    connection?.addEventListener('change', network);
    document.addEventListener('visibilitychange', visible);
    return () => {
      window.removeEventListener('online', network);
      connection?.removeEventListener('change', network);
      document.removeEventListener('visibilitychange', visible);
    };
  },
};

/** Tells of a change from one network to another, which is no moment offline. Not in every browser (WICG netinfo). */
function networkInformation(): EventTarget | null {
  const connection: unknown = 'connection' in navigator ? navigator.connection : null;
  return connection instanceof EventTarget ? connection : null;
}
