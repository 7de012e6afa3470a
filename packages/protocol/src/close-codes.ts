/** WebSocket close codes of all our sockets (RFC 6455 §7.4: 4000–4999 are the application's). */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  malformed: 4400,
  unauthorized: 4401,
  removed: 4403,
  notFound: 4404,
  /** Turned away at the waiting room. */
  denied: 4406,
  /** No valid first message within the time allowed for it. */
  authTimeout: 4408,
  /** A newer socket of the same session has taken over. */
  replaced: 4409,
  meetingEnded: 4410,
  unsupportedVersion: 4426,
  flooding: 4429,
  /** The session is gone: its grace is over or the room has forgotten it. Join anew. */
  sessionExpired: 4440,
  internal: 4500,
  /** The streams are gone, the node is not: connect again at once. */
  mediaLost: 4502,
  /** Not now: try again after a while. */
  unavailable: 4503,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

const FINAL: readonly number[] = [
  CLOSE.normal,
  CLOSE.malformed,
  CLOSE.unauthorized,
  CLOSE.removed,
  CLOSE.notFound,
  CLOSE.denied,
  CLOSE.replaced,
  CLOSE.meetingEnded,
  CLOSE.unsupportedVersion,
  CLOSE.sessionExpired,
];

/** Whether a socket closed with this code must not simply be opened again. */
export function isFinalClose(code: number): boolean {
  return FINAL.includes(code);
}
