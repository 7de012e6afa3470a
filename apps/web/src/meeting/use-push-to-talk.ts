import { useCallback, useRef } from 'react';

type Microphone = { on: boolean; set: (on: boolean) => Promise<void> };

/** Unmutes while a key is held, if one was muted when it went down; mutes again whatever happened in between. */
export function usePushToTalk({ on, set }: Microphone): (talking: boolean) => void {
  const talking = useRef(false);
  return useCallback(
    (held: boolean) => {
      if (held && !on) {
        talking.current = true;
        void set(true);
      } else if (!held && talking.current) {
        talking.current = false;
        void set(false);
      }
    },
    [on, set],
  );
}
