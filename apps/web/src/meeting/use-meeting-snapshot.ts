import type { Meeting, MeetingSnapshot } from '@meridian/client';
import { useCallback, useSyncExternalStore } from 'react';

export function useMeetingSnapshot(meeting: Meeting): MeetingSnapshot {
  const subscribe = useCallback((listener: () => void) => meeting.subscribe(listener), [meeting]);
  return useSyncExternalStore(subscribe, () => meeting.snapshot);
}
