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
  /** Whether others than this node have been heard since then (performance.now()). */
  othersHeard(since: number): boolean;
  /** Whether the room has been heard since then on the socket that it had before: the network has been there all along. */
  networkHeld(since: number): boolean;
  /** Once, unless close() was called before. */
  closed(code: number, reason: string): void;
};

export type MediaConnectionOptions = {
  openSocket: OpenSocket;
  url: string;
  random: () => number;
  handlers: MediaConnectionHandlers;
};

/** A socket broke off. `key`: what the node goes on with the session for. `at`: performance.now(). */
type Break = { code: number; reason: string; key: string; at: number };

/**
 * The connection to one media node, for one session. A socket that breaks off, as all do when the device changes
 * networks, is replaced, and neither side loses or doubles a message by that. A new session makes a new connection.
 */
export class MediaConnection {
  readonly #options: MediaConnectionOptions;
  readonly #requests = new Requests<In>();
  readonly #replay = new Replay(RESUME.replay);
  #socket: MessageSocket<In, Out>;
  #phase: 'opening' | 'open' | 'resuming' | 'closed' = 'opening';
  /** What the node goes on with the session for; null where it does not. */
  #key: string | null = null;
  #received = 0;
  /** On the sockets before. */
  #framesHeard = 0;
  /** Sockets that were opened to go on. */
  #attempts = 0;
  /** Of those, how many since the connection has last stood for a while, and when that ended. */
  #tries = 0;
  #since: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #standing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MediaConnectionOptions) {
    this.#options = options;
    this.#socket = this.#open(SOCKET_OPEN_TIMEOUT_MS, {
      opened: () => {
        this.#phase = 'open';
        options.handlers.opened();
      },
      message: (message) => this.#take(message),
      closed: (code, reason) => this.#broke(code, reason),
    });
  }

  /** What is said now is heard: at once, or over the next socket. */
  get isOpen(): boolean {
    return this.#phase === 'open' || this.#phase === 'resuming';
  }

  /** Its socket broke off, and there is no other one yet. */
  get interrupted(): boolean {
    return this.#phase === 'resuming';
  }

  /** Frames received so far, pongs included. */
  get framesHeard(): number {
    return this.#framesHeard + this.#socket.framesHeard;
  }

  /** When the last of them came, by performance.now(). */
  get heardAt(): number {
    return this.#socket.heardAt;
  }

  /** The first message. */
  greet(hello: Body<Extract<Out, { type: 'hello' }>>): void {
    this.#socket.send(hello);
  }

  /** Sends what is not answered, or whose answer matters to nobody. False when there is no connection. */
  notify(body: Body<Out>): boolean {
    if (!this.isOpen) return false;
    const frame = encode<Out>(body);
    this.#replay.add(frame);
    if (this.#phase === 'open') this.#socket.sendFrame(frame);
    return true;
  }

  async request<T extends In['type']>(body: Body<Out>, answer: T): Promise<Extract<In, { type: T }>> {
    if (!this.isOpen) throw connectionLost();
    const request = this.#requests.begin();
    this.notify({ ...body, ref: request.ref });
    return expectType(await request.answer, answer);
  }

  /** Checks now whether the other side is there, for example after the device woke up. */
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

  #open(
    timeoutMs: number,
    on: { opened(): void; message(message: In): void; closed(code: number, reason: string): void },
  ): MessageSocket<In, Out> {
    const { openSocket, url } = this.#options;
    return new MessageSocket<In, Out>({
      open: openSocket,
      url,
      protocols: [mediaRpc.MEDIA_SUBPROTOCOL],
      parse: (frame) => parseFrame(mediaRpc.NodeToClient, frame, MEDIA_FRAME_UNITS),
      openTimeoutMs: timeoutMs,
      keepAlive: MEDIA_KEEP_ALIVE,
      onOpen: on.opened,
      onMessage: on.message,
      onUnreadable: () => {
        // The node has counted it.
        this.#received += 1;
      },
      onClosed: on.closed,
    });
  }

  #take(message: In): void {
    this.#received += 1;
    if (message.type === 'welcome') this.#key = message.resume_key ?? null;
    if (this.#requests.settle(message)) return;
    if (isError(message)) this.#options.handlers.refused(errorOf(message));
    else this.#options.handlers.message(message);
  }

  #broke(code: number, reason: string): void {
    const key = this.#key;
    if (key === null || !BROKEN_OFF.includes(code)) {
      this.#closed(code, reason);
      return;
    }
    const at = performance.now();
    const broke = { code, reason, key, at };
    clearTimeout(this.#standing);
    this.#since ??= at;
    this.#phase = 'resuming';
    this.#requests.hold();
    // First, so that whoever knows a better way by then decides before another socket is opened.
    this.#options.handlers.interrupted();
    if (this.#phase !== 'resuming') return;
    const left = RESUME.limitMs - (at - this.#since);
    this.#deadline = setTimeout(() => {
      this.#socket.close(LOCAL_CLOSE.mediaFailed);
      this.#closed(code, reason);
    }, left);
    if (this.#tries === 0) this.#retry = setTimeout(() => this.#resume(broke), RESUME.settleMs);
    else this.#retry = setTimeout(() => this.#resume(broke), this.#pause());
  }

  #pause(): number {
    const { firstMs, factor, maxMs } = RESUME.pause;
    // Spread: everybody whose network or node has stumbled comes back.
    return Math.min(firstMs * factor ** this.#tries, maxMs) * (0.5 + this.#options.random());
  }

  /** After a try that proved nothing yet: by `due` (performance.now()), or as soon as the next one would prove it. */
  #tryAgain(broke: Break, due: number): void {
    const { othersHeard, networkHeld } = this.#options.handlers;
    const left = othersHeard(broke.at) ? 0 : due - performance.now();
    if (networkHeld(broke.at)) this.#unreachable(broke);
    else if (left <= 0) this.#resume(broke);
    else this.#retry = setTimeout(() => this.#tryAgain(broke, due), Math.min(left, RESUME.lookMs));
  }

  /** Tries once. */
  #resume(broke: Break): void {
    this.#attempts += 1;
    this.#tries += 1;
    const attempt = this.#attempts;
    // A node that cannot be reached while others can is gone; before anybody was heard it may be one's own network.
    const decisive = this.#options.handlers.othersHeard(broke.at);
    this.#framesHeard += this.#socket.framesHeard;
    const socket: MessageSocket<In, Out> = this.#open(RESUME.tryMs, {
      opened: () =>
        socket.send({ type: 'resume_session', key: broke.key, attempt, received: this.#received }),
      message: (message) => {
        if (this.#phase === 'open') this.#take(message);
        else if (message.type === 'session_resumed') this.#goOn(message.received);
        else this.#expired();
      },
      closed: (code, reason) => {
        if (this.#phase === 'open') this.#broke(code, reason);
        else if (!BROKEN_OFF.includes(code)) this.#closed(code, reason);
        else if (decisive || this.#options.handlers.networkHeld(broke.at)) this.#unreachable(broke);
        else this.#tryAgain(broke, performance.now() + this.#pause());
      },
    });
    this.#socket = socket;
  }

  #goOn(received: number): void {
    const missing = this.#replay.after(received);
    if (!missing) {
      this.#expired();
      return;
    }
    this.#phase = 'open';
    clearTimeout(this.#deadline);
    this.#standing = setTimeout(() => {
      this.#tries = 0;
      this.#since = null;
    }, RESUME.stableMs);
    for (const frame of missing) this.#socket.sendFrame(frame);
    this.#requests.goOn();
    this.#options.handlers.resumed();
  }

  /** Its node is gone. */
  #unreachable({ reason }: Break): void {
    this.#closed(LOCAL_CLOSE.unreachable, reason);
  }

  /** The node lives, and cannot go on with the session. */
  #expired(): void {
    this.#socket.close(LOCAL_CLOSE.mediaFailed);
    this.#closed(CLOSE.sessionExpired, 'the session is over');
  }

  #closed(code: number, reason: string): void {
    this.#release();
    this.#options.handlers.closed(code, reason);
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
    clearTimeout(this.#standing);
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
