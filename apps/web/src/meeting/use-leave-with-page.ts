import type { Meeting } from '@meridian/client';
import { useEffect, useRef } from 'react';

/**
 * Leaves when the tab is closed and when its user goes to another page of this site, instead of letting the
 * others wait for a time-out.
 */
export function useLeaveWithPage(meeting: Meeting): void {
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    // In development, React takes every effect down once and puts it up again: that is no leaving.
    clearTimeout(leaving.current);
    const leave = () => void meeting.leave();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leaving.current = setTimeout(leave);
    };
  }, [meeting]);
}
