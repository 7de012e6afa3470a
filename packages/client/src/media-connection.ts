import { CLOSE, encode, type MeridianError, mediaRpc, parseFrame, Replay } from '@meridian/protocol';
import { MEDIA_FRAME_UNITS, MEDIA_KEEP_ALIVE, RESUME, SOCKET_OPEN_TIMEOUT_MS } from './config.ts';
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
  /** The socket broke off. Another one is opened, over which everything goes on. */
  interrupted(): void;
  /** It does. */
  resumed(): void;
  /** Whether others than this node can be reached now: then a node that cannot be is not tried again. */
  othersReached(): boolean;
  /** Once, unless close() was called before. */
  closed(code: number, reason: string): void;
};

/** How a socket broke off. */
type Break = { code: number; reason: string };

/**
 * The connection to one media node, for one session. A socket that breaks off, as all do when the device changes
 * networks, is replaced, and neither side loses or doubles a message by that. A new session makes a new connection.
 */
export class MediaConnection {
  readonly #requests = new Requests<In>();
  readonly #replay = new Replay(RESUME.replay);
  readonly #openSocket: OpenSocket;
  readonly #url: string;
  readonly #handlers: MediaConnectionHandlers;
  #socket: MessageSocket<In, Out>;
  #phase: 'opening' | 'open' | 'resuming' | 'closed' = 'opening';
  /** What the node takes the session up again for; null where it does not. */
  #key: string | null = null;
  #received = 0;
  /** On the sockets before. */
  #framesHeard = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(openSocket: OpenSocket, url: string, handlers: MediaConnectionHandlers) {
    this.#openSocket = openSocket;
    this.#url = url;
    this.#handlers = handlers;
    this.#socket = this.#open({
      timeoutMs: SOCKET_OPEN_TIMEOUT_MS,
      opened: () => {
        this.#phase = 'open';
        handlers.opened();
      },
      message: (message) => this.#take(message),
      closed: (broke) => this.#broke(broke),
    });
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Its socket broke off, and there is no other one yet. */
  get interrupted(): boolean {
    return this.#phase === 'resuming';
  }

  /** Frames received so far, pongs included. */
  get framesHeard(): number {
    return this.#framesHeard + this.#socket.framesHeard;
  }

  /** The first message. */
  greet(hello: Body<Extract<Out, { type: 'hello' }>>): void {
    this.#socket.send(hello);
  }

  /** Sends what is not answered, or whose answer matters to nobody. False when there is no connection. */
  notify(body: Body<Out>): boolean {
    if (!this.#isUsable) return false;
    const frame = encode<Out>(body);
    this.#replay.add(frame);
    if (this.#phase === 'open') this.#socket.sendFrame(frame);
    return true;
  }

  async request<T extends In['type']>(body: Body<Out>, answer: T): Promise<Extract<In, { type: T }>> {
    if (!this.#isUsable) throw connectionLost();
    const request = this.#requests.begin();
    this.notify({ ...body, ref: request.ref });
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

  /** What is said now is heard: at once, or when another socket is there. */
  get #isUsable(): boolean {
    return this.#phase === 'open' || this.#phase === 'resuming';
  }

  #open(socket: {
    timeoutMs: number;
    opened(): void;
    message(message: In): void;
    closed(broke: Break): void;
  }): MessageSocket<In, Out> {
    return new MessageSocket<In, Out>({
      open: this.#openSocket,
      url: this.#url,
      protocols: [mediaRpc.MEDIA_SUBPROTOCOL],
      parse: (frame) => parseFrame(mediaRpc.NodeToClient, frame, MEDIA_FRAME_UNITS),
      openTimeoutMs: socket.timeoutMs,
      keepAlive: MEDIA_KEEP_ALIVE,
      onOpen: socket.opened,
      onMessage: socket.message,
      onUnreadable: () => {
        // The node has counted it.
        this.#received += 1;
      },
      onClosed: (code, reason) => socket.closed({ code, reason }),
    });
  }

  #take(message: In): void {
    this.#received += 1;
    if (message.type === 'welcome') this.#key = message.resume_key ?? null;
    if (this.#requests.settle(message)) return;
    if (isError(message)) this.#handlers.refused(errorOf(message));
    else this.#handlers.message(message);
  }

  #broke(broke: Break): void {
    if (this.#key === null || !BROKEN_OFF.includes(broke.code)) {
      this.#closed(broke);
      return;
    }
    this.#phase = 'resuming';
    this.#deadline = setTimeout(() => this.#giveUpFor(broke), RESUME.limitMs);
    // What has broken off as well is known then: of a network that changed, all sockets.
    this.#retry = setTimeout(() => this.#resume(broke), RESUME.settleMs);
    this.#handlers.interrupted();
  }

  /** Tries once more, for what broke off. */
  #resume(broke: Break): void {
    const key = this.#key;
    if (key === null || this.#phase !== 'resuming') return;
    this.#framesHeard += this.#socket.framesHeard;
    const socket: MessageSocket<In, Out> = this.#open({
      timeoutMs: RESUME.tryMs,
      opened: () => socket.send({ type: 'resume_session', key, received: this.#received }),
      message: (message) => {
        if (this.#phase === 'open') this.#take(message);
        else if (message.type === 'session_resumed') this.#goOn(message.received, broke);
        else this.#giveUpFor(broke);
      },
      closed: (again) => {
        if (this.#phase === 'open') this.#broke(again);
        else if (!BROKEN_OFF.includes(again.code) || this.#handlers.othersReached()) this.#closed(broke);
        else this.#retry = setTimeout(() => this.#resume(broke), RESUME.retryMs);
      },
    });
    this.#socket = socket;
  }

  #goOn(received: number, broke: Break): void {
    const missing = this.#replay.after(received);
    if (!missing) {
      this.#giveUpFor(broke);
      return;
    }
    this.#phase = 'open';
    clearTimeout(this.#deadline);
    for (const frame of missing) this.#socket.sendFrame(frame);
    this.#handlers.resumed();
  }

  #giveUpFor(broke: Break): void {
    this.#socket.close(LOCAL_CLOSE.mediaFailed);
    this.#closed(broke);
  }

  #closed({ code, reason }: Break): void {
    this.#release();
    this.#handlers.closed(code, reason);
  }

  #end(code: number): void {
    if (this.#phase === 'closed') return;
    this.#socket.close(code);
    this.#release();
  }

  #release(): void {
    this.#phase = 'closed';
    clearTimeout(this.#retry);
    clearTimeout(this.#deadline);
    this.#requests.rejectAll(connectionLost());
  }
}

/** No close frame has come (RFC 6455 §7.1.5). */
const ABNORMAL = 1006;

/** Nobody has closed the socket: its network did, or is not there. */
const BROKEN_OFF: readonly number[] = [
  ABNORMAL,
  LOCAL_CLOSE.silent,
  LOCAL_CLOSE.stuck,
  LOCAL_CLOSE.neverOpened,
];
