/** Tells when trying again is worth it at once: the network is back, or somebody looks at the page again. */
export interface Wake {
  subscribe(listener: () => void): () => void;
}

export const browserWake: Wake = {
  subscribe(listener) {
    // Outside a browser (load generators, tests) there is nothing to listen to.
    if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
    const visible = () => {
      if (document.visibilityState === 'visible') listener();
    };
    window.addEventListener('online', listener);
    document.addEventListener('visibilitychange', visible);
    return () => {
      window.removeEventListener('online', listener);
      document.removeEventListener('visibilitychange', visible);
    };
  },
};
