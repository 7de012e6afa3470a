import type { JoinOptions } from '@meridian/client';
import { type RefObject, useEffect, useRef } from 'react';
import { loadSdk } from '../sdk.ts';

type RoundTrips = NonNullable<JoinOptions['roundTrips']>;

/** What is known so far of how far away regions are. Measured while people look at their devices; nobody waits for it. */
export function useRoundTrips(): RefObject<RoundTrips> {
  const known = useRef<RoundTrips>({});
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    loadSdk().then(
      ({ measureRoundTrips }) =>
        measureRoundTrips({ signal }, (soFar) => {
          known.current = soFar;
        }),
      // Joining fetches it again and says so.
      () => undefined,
    );
    return () => controller.abort();
  }, []);
  return known;
}
