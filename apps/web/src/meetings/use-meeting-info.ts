import type { Meeting } from '@meridian/protocol';
import { useEffect, useState } from 'react';
import { errorCode, errorText } from '../error-text.ts';
import { loadSdk } from '../sdk.ts';

export type MeetingInfo =
  | { state: 'loading' }
  | { state: 'found'; meeting: Meeting }
  | { state: 'unknown' }
  | { state: 'failed'; text: string };

/** What can be known of a meeting before joining it. */
export function useMeetingInfo(meetingRef: string): [MeetingInfo, () => void] {
  const [info, setInfo] = useState<MeetingInfo>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    let current = true;
    setInfo({ state: 'loading' });
    fetchInfo(meetingRef).then((found) => {
      if (current) setInfo(found);
    });
    return () => {
      current = false;
    };
  }, [meetingRef, attempt]);

  return [info, () => setAttempt((count) => count + 1)];
}

async function fetchInfo(meetingRef: string): Promise<MeetingInfo> {
  try {
    const { getMeeting } = await loadSdk();
    return { state: 'found', meeting: await getMeeting(meetingRef) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'meeting_not_found' || code === 'not_found') return { state: 'unknown' };
    return { state: 'failed', text: errorText(error) };
  }
}
