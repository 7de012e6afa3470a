/** The part of a WebSocket that is used. Injected, so that tests can put a server object in its place. */
export interface RawSocket {
  /** Bytes accepted by send() that the network has not taken yet. */
  readonly backlog: number;
  send(frame: string): void;
  close(code: number, reason: string): void;
}

export type SocketEvents = {
  open(): void;
  frame(data: unknown): void;
  /** Once, also when it never opened. */
  closed(code: number, reason: string): void;
};

export type OpenSocket = (url: string, protocols: readonly string[], events: SocketEvents) => RawSocket;

export const openWebSocket: OpenSocket = (url, protocols, events) => {
  const socket = new WebSocket(url, [...protocols]);
  socket.addEventListener('open', () => events.open());
  socket.addEventListener('message', (event: MessageEvent<unknown>) => events.frame(event.data));
  socket.addEventListener('close', (event) => events.closed(event.code, event.reason));
  return {
    get backlog() {
      return socket.bufferedAmount;
    },
    send: (frame) => {
      // While it closes, a frame would be dropped with a console warning; the close event is on its way.
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: (code, reason) => socket.close(code, reason),
  };
};
