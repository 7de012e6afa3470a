import {
  type CloseCode,
  type ErrorMessage,
  encode,
  errorMessage,
  type MeridianError,
  type Ref,
} from '@meridian/protocol';

/** What a hibernating socket remembers. Small: it is written to storage with the socket. */
export type SignalAttachment = {
  kind: 'signal';
  /** Of this socket. Objects are not the same after a hibernation, ids are. */
  id: string;
  participant_id: string;
  session_id: string;
  /**
   * `new`: neither `join` nor `resume` yet. `waiting`: of somebody at the door. `done`: closed by us, its close
   * event means nothing.
   */
  stage: 'new' | 'waiting' | 'joined' | 'done';
  opened_at: number;
  /**
   * The latest event the client had when it joined on this socket, or the latest private one since: with that of
   * everybody, which the session knows, it tells what the client has got.
   */
  baseline: number;
};

export type NodeAttachment = {
  kind: 'node';
  id: string;
  node_id: string;
  region: string;
  stage: 'new' | 'ready' | 'done';
  opened_at: number;
  boot_id: string | null;
  /** The desired state sent last; null when the node is still waiting for its first. */
  sent: { room_epoch: number; version: number } | null;
  applied: { room_epoch: number; version: number } | null;
};

export type Attachment = SignalAttachment | NodeAttachment;

/** By these the sockets of one participant or node are found. */
export const TAG = {
  signal: 'signal',
  node: 'node',
  participant: (id: string) => `participant:${id}`,
  nodeId: (id: string) => `node:${id}`,
} as const;

export function readAttachment(socket: WebSocket): Attachment | null {
  return socket.deserializeAttachment();
}

export function signalAttachment(socket: WebSocket): SignalAttachment | null {
  const attachment = readAttachment(socket);
  return attachment?.kind === 'signal' ? attachment : null;
}

export function nodeAttachment(socket: WebSocket): NodeAttachment | null {
  const attachment = readAttachment(socket);
  return attachment?.kind === 'node' ? attachment : null;
}

export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

/** A socket that is going under throws; its close event says the rest. */
export function send(socket: WebSocket, frame: string): void {
  if (!isOpen(socket)) return;
  try {
    socket.send(frame);
  } catch {
    // Nothing is lost: what mattered is in the event log, or the node is told everything on its next link.
  }
}

/** After a hibernation it has to be known what only some got. Kept with the socket, so that no row is written. */
export function rememberPrivate(socket: WebSocket, seq: number): void {
  const attachment = signalAttachment(socket);
  if (attachment) socket.serializeAttachment({ ...attachment, baseline: seq } satisfies SignalAttachment);
}

export function sendError(socket: WebSocket, error: MeridianError, ref?: Ref): void {
  send(socket, encode<ErrorMessage>(errorMessage(error, ref)));
}

/** Closes for good: whatever still comes from this socket is ignored. */
export function close(socket: WebSocket, code: CloseCode, reason: string): void {
  const attachment = readAttachment(socket);
  if (attachment) socket.serializeAttachment({ ...attachment, stage: 'done' } satisfies Attachment);
  try {
    socket.close(code, reason);
  } catch {
    // Closed already.
  }
}
