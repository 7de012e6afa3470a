import type { Meeting } from '@meridian/client';
import { useEffect } from 'react';

declare global {
  interface Window {
    /**
     * For support: in the browser's console, `__meridian.meeting.snapshot` is what this participant sees and
     * `__meridian.meeting.stages` is how long each stage of the join took.
     */
    __meridian?: { meeting: Meeting };
  }
}

export function useDiagnostics(meeting: Meeting): void {
  useEffect(() => {
    window.__meridian = { meeting };
  }, [meeting]);
}
