import { CLOSE, type CloseCode } from '@meridian/protocol';
import { WebSocket } from 'ws';
import { LINK } from '../config.ts';
import type { Channel, ChannelListener } from './channel.ts';

export type DialOptions = {
  url: string;
  protocols?: string[];
  headers?: Record<string, string>;
  maxFrameBytes: number;
};

/** A WebSocket that this node dialled. */
export class WsChannel implements Channel {
  readonly #socket: WebSocket;
  readonly #listener: ChannelListener;
  #closed = false;

  /** Resolves once the socket is open; rejects when it cannot be opened within the handshake timeout. */
  static open(options: DialOptions, listener: ChannelListener): Promise<WsChannel> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(options.url, options.protocols ?? [], {
        headers: options.headers ?? {},
        handshakeTimeout: LINK.handshakeTimeout,
        maxPayload: options.maxFrameBytes,
        perMessageDeflate: false,
      });
      socket.once('error', reject);
      // Listeners are in place before `open` is awaited: the first frame may come with the handshake.
      const channel = new WsChannel(socket, listener);
      socket.once('open', () => {
        socket.off('error', reject);
        resolve(channel);
      });
    });
  }

  private constructor(socket: WebSocket, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('message', (data, isBinary) => {
      if (this.#closed) return;
      this.#listener.message(isBinary ? new ArrayBuffer(0) : data.toString());
    });
    // `error` is always followed by `close`; a close code says all there is to act on.
    socket.on('error', () => {});
    socket.on('close', (code) => this.#end(code));
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(frame: string): void {
    if (this.#closed || this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > LINK.maxBacklogBytes) {
      this.close(CLOSE.unavailable, 'backlog');
      return;
    }
    this.#socket.send(frame);
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.#socket.close(code, reason);
    // The closing handshake of a dead peer never ends; nobody waits for it.
    const timer = setTimeout(() => this.#socket.terminate(), LINK.handshakeTimeout);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
    this.#end(code);
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.closed(code);
  }
}
