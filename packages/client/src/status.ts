import type { MeridianError } from '@meridian/protocol';
import type { EndReason, MeetingStatus, WaitingReason } from './types.ts';

export type Connections = {
  joined: boolean;
  /** At the door, since then (Unix milliseconds). */
  waiting: { reason: WaitingReason; title: string; since: number } | null;
  signalingDown: boolean;
  mediaDown: boolean;
  /** When the present interruption began, Unix milliseconds. */
  since: number;
  end: { reason: EndReason; error?: MeridianError } | null;
};

export const NOT_CONNECTED: Connections = {
  joined: false,
  waiting: null,
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

export function statusOf(connections: Connections): MeetingStatus {
  const { joined, waiting, signalingDown, mediaDown, since, end } = connections;
  if (end) return { status: 'ended', ...end };
  if (waiting) return { status: 'waiting', ...waiting, offline: signalingDown };
  if (!joined) return { status: 'joining' };
  if (signalingDown || mediaDown) {
    return { status: 'reconnecting', signaling: signalingDown, media: mediaDown, since };
  }
  return { status: 'connected' };
}
