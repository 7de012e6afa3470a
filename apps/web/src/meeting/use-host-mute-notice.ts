import { useCallback, useEffect, useRef } from 'react';
import type { Toasts } from './use-toasts.ts';

/**
 * Tells people that they were muted by somebody else, and not by a microphone that went away. Returns what to
 * call before muting oneself, which is how the two are told apart.
 */
export function useHostMuteNotice(unmuted: boolean, hasMicrophone: boolean, toasts: Toasts): () => void {
  const wasUnmuted = useRef(unmuted);
  const mutingMyself = useRef(false);
  useEffect(() => {
    const byOthers = wasUnmuted.current && !unmuted && hasMicrophone && !mutingMyself.current;
    if (byOthers) toasts.show('The host muted you. Unmute when you want to speak.');
    if (wasUnmuted.current !== unmuted) mutingMyself.current = false;
    wasUnmuted.current = unmuted;
  }, [unmuted, hasMicrophone, toasts]);
  return useCallback(() => {
    mutingMyself.current = wasUnmuted.current;
  }, []);
}
