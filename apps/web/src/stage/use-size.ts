import { type RefObject, useLayoutEffect, useState } from 'react';
import type { Size } from './pack-tiles.ts';

/** The inner size of an element, as it changes. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });

  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const read = ({ width, height }: Size) =>
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    read(target.getBoundingClientRect());
    const observer = new ResizeObserver(([entry]) => entry && read(entry.contentRect));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);

  return size;
}
