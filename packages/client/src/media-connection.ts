import { CLOSE, type MeridianError, mediaRpc, parseFrame } from '@meridian/protocol';
import { MEDIA_FRAME_UNITS, MEDIA_KEEP_ALIVE } from './config.ts';
import { connectionLost } from './errors.ts';
import { type Body, LOCAL_CLOSE, MessageSocket } from './message-socket.ts';
import { errorOf, expectType, isError, Requests } from './requests.ts';
import type { OpenSocket } from './socket.ts';

export type In = mediaRpc.NodeToClient;
export type Out = mediaRpc.ClientToNode;

export type MediaConnectionHandlers = {
  opened(): void;
  message(message: In): void;
  /** An error that answers no request. */
  refused(error: MeridianError): void;
  /** Once, unless close() was called before. */
  closed(code: number, reason: string): void;
};

/** One socket to one media node. It is not reconnected: a new session makes a new one. */
export class MediaConnection {
  readonly #requests = new Requests<In>();
  readonly #socket: MessageSocket<In, Out>;

  constructor(openSocket: OpenSocket, url: string, handlers: MediaConnectionHandlers) {
    this.#socket = new MessageSocket<In, Out>({
      open: openSocket,
      url,
      protocols: [mediaRpc.MEDIA_SUBPROTOCOL],
      parse: (frame) => parseFrame(mediaRpc.NodeToClient, frame, MEDIA_FRAME_UNITS),
      keepAlive: MEDIA_KEEP_ALIVE,
      onOpen: () => handlers.opened(),
      onMessage: (message) => {
        if (this.#requests.settle(message)) return;
        if (isError(message)) handlers.refused(errorOf(message));
        else handlers.message(message);
      },
      onClosed: (code, reason) => {
        this.#requests.rejectAll(connectionLost());
        handlers.closed(code, reason);
      },
    });
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** Frames received so far, pongs included. */
  get framesHeard(): number {
    return this.#socket.framesHeard;
  }

  /** Sends what is not answered, or whose answer matters to nobody. */
  notify(body: Body<Out>): boolean {
    return this.#socket.send(body);
  }

  async request<T extends In['type']>(body: Body<Out>, answer: T): Promise<Extract<In, { type: T }>> {
    if (!this.#socket.isOpen) throw connectionLost();
    const request = this.#requests.begin();
    this.#socket.send({ ...body, ref: request.ref });
    return expectType(await request.answer, answer);
  }

  probe(): void {
    this.#socket.probe();
  }

  /** A goodbye: the node forgets this session at once. */
  close(): void {
    this.#end(CLOSE.normal);
  }

  /** The session is given up for another; what still flows of it may flow until that one is there. */
  giveUp(): void {
    this.#end(LOCAL_CLOSE.mediaFailed);
  }

  #end(code: number): void {
    this.#socket.close(code);
    this.#requests.rejectAll(connectionLost());
  }
}
