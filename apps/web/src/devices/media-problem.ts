export type DeviceKind = 'microphone' | 'camera';

/** Why there is no sound or picture from a device. */
export type MediaProblem =
  /** Somebody said no: the person now or earlier, or the system's privacy settings. */
  | 'denied'
  | 'missing'
  /** Another program has it. */
  | 'busy'
  /** The browser cannot, or may not on a page without HTTPS. */
  | 'unsupported'
  /** It was unplugged or taken away while in use. */
  | 'lost'
  | 'failed';

const BY_NAME: Record<string, MediaProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

export function mediaProblem(error: unknown): MediaProblem {
  return (error instanceof Error && BY_NAME[error.name]) || 'failed';
}

/** What happened and what to do about it. Joining without is always possible, and the page says so elsewhere. */
export function mediaProblemText(kind: DeviceKind, problem: MediaProblem): string {
  switch (problem) {
    case 'denied':
      return `Your browser blocks the ${kind}. Allow it with the icon beside the address, then switch it on again.`;
    case 'missing':
      return `No ${kind} was found. Plug one in to use it.`;
    case 'busy':
      return `The ${kind} is in use by another program. Close that, then switch it on again.`;
    case 'unsupported':
      return `This browser gives no access to the ${kind} here. Open the page over HTTPS in a current browser.`;
    case 'lost':
      return `The ${kind} was disconnected. Plug it in again, or choose another one.`;
    case 'failed':
      return `The ${kind} could not be started. Switch it on to try again.`;
  }
}
