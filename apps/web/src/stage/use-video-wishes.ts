import type { Meeting, VideoWish } from '@meridian/client';
import { useEffect, useRef } from 'react';

const SETTLE_MS = 100;

/**
 * Tells the SDK what is shown. A resize or a burst of joins is told once it has settled; a change after
 * quiet, somebody's camera for one, is told at once, for that is what people wait for. Null: not known yet.
 */
export function useVideoWishes(meeting: Meeting, wishes: VideoWish[] | null): void {
  const text = JSON.stringify(wishes);
  const latest = useRef(wishes);
  const lastChange = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    latest.current = wishes;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: equal wishes in a new array are not a change
  useEffect(() => {
    const tell = () => latest.current && meeting.setVideoWishes(latest.current);
    if (!latest.current) return;
    const now = performance.now();
    const quiet = now - lastChange.current > SETTLE_MS;
    lastChange.current = now;
    if (quiet) {
      tell();
      return;
    }
    const timer = setTimeout(tell, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [meeting, text]);
}
