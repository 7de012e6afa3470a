import type { MeridianError } from '@meridian/protocol';
import type { EndReason, MeetingStatus } from './types.ts';

export type Connections = {
  joined: boolean;
  signalingDown: boolean;
  mediaDown: boolean;
  /** When the present interruption began, Unix milliseconds. */
  since: number;
  end: { reason: EndReason; error?: MeridianError } | null;
};

export const NOT_CONNECTED: Connections = {
  joined: false,
  signalingDown: false,
  mediaDown: false,
  since: 0,
  end: null,
};

/** The next picture of the connections. `since` stays while one interruption passes into another. */
export function change(before: Connections, patch: Partial<Connections>, now: number): Connections {
  const after = { ...before, ...patch };
  const wasDown = before.signalingDown || before.mediaDown;
  const isDown = after.signalingDown || after.mediaDown;
  return isDown && !wasDown ? { ...after, since: now } : after;
}

export function statusOf({ joined, signalingDown, mediaDown, since, end }: Connections): MeetingStatus {
  if (end) return { status: 'ended', ...end };
  if (!joined) return { status: 'joining' };
  if (signalingDown || mediaDown) {
    return { status: 'reconnecting', signaling: signalingDown, media: mediaDown, since };
  }
  return { status: 'connected' };
}
