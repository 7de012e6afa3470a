import { useEffect, useRef } from 'react';
import { type DeviceKind, type MediaProblem, mediaProblemText } from '../devices/media-problem.ts';
import type { Toasts } from './use-toasts.ts';

/** Tells what is wrong with a device when it happens. What was so before the meeting has been said already. */
export function useDeviceProblemToast(kind: DeviceKind, problem: MediaProblem | null, toasts: Toasts): void {
  const before = useRef(problem);
  useEffect(() => {
    if (problem && problem !== before.current) toasts.show(mediaProblemText(kind, problem));
    before.current = problem;
  }, [kind, problem, toasts]);
}
