import { useCallback, useSyncExternalStore } from 'react';
import { useMeeting } from './meeting-context.ts';

/** Above the noise of a quiet room. */
const SPEAKING = 0.15;

/** Whether somebody can be heard now. Renders when that changes, not with each change of loudness. */
export function useSpeaking(participantId: string): boolean {
  const { meeting } = useMeeting();
  const { levels } = meeting;
  const get = useCallback(() => (levels.get().get(participantId) ?? 0) > SPEAKING, [levels, participantId]);
  return useSyncExternalStore(levels.subscribe, get);
}
