import type { Meeting, MeetingSnapshot } from '@meridian/client';
import { createContext, use } from 'react';
import type { MeetingActions } from './meeting-actions.ts';

export type MeetingContextValue = {
  meeting: Meeting;
  snapshot: MeetingSnapshot;
  /** What can be done in the meeting; says itself when something went wrong. */
  actions: MeetingActions;
};

export const MeetingContext = createContext<MeetingContextValue | null>(null);

/** The meeting that the caller is shown in. */
export function useMeeting(): MeetingContextValue {
  const value = use(MeetingContext);
  if (!value) throw new Error('outside a meeting');
  return value;
}
