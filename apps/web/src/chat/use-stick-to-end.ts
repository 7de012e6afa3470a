import { type RefObject, useLayoutEffect, useRef } from 'react';

const NEAR_END_PX = 80;

/**
 * Keeps a growing list at its end, unless its reader has scrolled back to read something. What one sent
 * oneself is always shown.
 */
export function useStickToEnd(length: number, lastIsOwn: boolean): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  const previousHeight = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer list is what there is to follow
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const fromEnd = previousHeight.current - element.scrollTop - element.clientHeight;
    if (lastIsOwn || previousHeight.current === 0 || fromEnd < NEAR_END_PX) {
      element.scrollTop = element.scrollHeight;
    }
    previousHeight.current = element.scrollHeight;
  }, [length, lastIsOwn]);

  return list;
}
