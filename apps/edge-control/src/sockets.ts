/** Sends unless the socket is closing already. Tells whether the frame went out. */
export function trySend(socket: WebSocket, frame: string): boolean {
  try {
    socket.send(frame);
    return true;
  } catch {
    return false;
  }
}

/** Closes a socket that may be closed by now. Codes that only report a state (1005, 1006, …) become 1000. */
export function tryClose(socket: WebSocket, code: number, reason = ''): void {
  try {
    socket.close(code === 1000 || (code >= 3000 && code < 5000) ? code : 1000, reason);
  } catch {
    // Already closed: that is what was wanted.
  }
}
