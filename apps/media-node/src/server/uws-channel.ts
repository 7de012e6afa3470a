import type { WebSocket } from 'uWebSockets.js';
import { CLOSE, type CloseCode } from '@meridian/protocol';
import type { Channel, ChannelListener } from '../net/channel.ts';

/** What uWS keeps with a socket. */
export type SocketData = { channel: UwsChannel | null };

/** A WebSocket that somebody opened to this node. uWS objects must not be touched once closed; this knows. */
export class UwsChannel implements Channel {
  readonly #socket: WebSocket<SocketData>;
  readonly #maxBacklogBytes: number;
  #listener: ChannelListener | null = null;
  #closed = false;

  constructor(socket: WebSocket<SocketData>, maxBacklogBytes: number) {
    this.#socket = socket;
    this.#maxBacklogBytes = maxBacklogBytes;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Must be called before the next turn of the event loop, which may bring the first frame. */
  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  send(frame: string): void {
    if (this.#closed) return;
    if (this.#socket.getBufferedAmount() + frame.length > this.#maxBacklogBytes) {
      this.close(CLOSE.unavailable, 'backlog');
      return;
    }
    this.#socket.send(frame);
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    // Calls back into `ended` before it returns.
    this.#socket.end(code, reason);
  }

  /** From uWS: a frame. Text reaches us as bytes that are only valid now. */
  received(data: ArrayBuffer, isBinary: boolean): void {
    if (this.#closed) return;
    this.#listener?.message(isBinary ? new ArrayBuffer(0) : Buffer.from(data).toString());
  }

  /** From uWS: the socket is gone. */
  ended(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.closed(code);
  }
}
