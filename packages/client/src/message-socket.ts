import { CLOSE, encode, type Parsed, PING_FRAME, type PROTOCOL_VERSION, type Ref } from '@meridian/protocol';
import { SOCKET_BACKLOG_BYTES } from './config.ts';
import type { OpenSocket, RawSocket } from './socket.ts';

type AnyMessage = { v: typeof PROTOCOL_VERSION; type: string; ref?: Ref | undefined };
/** A message without its envelope version, as `encode` takes it. */
export type Body<M extends AnyMessage> = Parameters<typeof encode<M>>[0];

/** Close codes of our own side when the connection is given up (not sent by any server). */
export const LOCAL_CLOSE = {
  silent: 4900,
  stuck: 4901,
  neverOpened: 4902,
  outOfStep: 4903,
  mediaFailed: 4904,
  unreachable: 4905,
} as const;

export type MessageSocketOptions<In extends AnyMessage> = {
  open: OpenSocket;
  url: string;
  protocols: readonly string[];
  parse(frame: string): Parsed<In>;
  openTimeoutMs: number;
  keepAlive: { intervalMs: number; timeoutMs: number };
  onOpen(): void;
  onMessage(message: In): void;
  /** A frame that cannot be read comes from a newer server. */
  onUnreadable(): void;
  /** Once, unless close() was called before. */
  onClosed(code: number, reason: string): void;
};

/**
 * A socket that carries parsed messages and notices by itself when the other side is gone: browsers report a
 * broken connection only after minutes.
 */
export class MessageSocket<In extends AnyMessage, Out extends AnyMessage> {
  readonly #options: MessageSocketOptions<In>;
  readonly #raw: RawSocket;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #openTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #framesHeard = 0;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(options: MessageSocketOptions<In>) {
    this.#options = options;
    this.#openTimer = setTimeout(
      () => this.#end(LOCAL_CLOSE.neverOpened, 'did not open'),
      options.openTimeoutMs,
    );
    this.#raw = options.open(options.url, options.protocols, {
      open: () => this.#opened(),
      frame: (data) => this.#received(data),
      closed: (code, reason) => this.#end(code, reason),
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Frames received so far, pongs included. */
  get framesHeard(): number {
    return this.#framesHeard;
  }

  /** When the last of them came, by performance.now(). */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** False when the socket is not open: the message was not taken. */
  send(body: Body<Out>): boolean {
    return this.sendFrame(encode<Out>(body));
  }

  /** The same for a message that is encoded. */
  sendFrame(frame: string): boolean {
    if (this.#state !== 'open') return false;
    if (this.#raw.backlog > SOCKET_BACKLOG_BYTES) {
      this.#end(LOCAL_CLOSE.stuck, 'nothing gets through');
      return false;
    }
    this.#raw.send(frame);
    return true;
  }

  /** Checks now whether the other side is there, for example after the device woke up. */
  probe(): void {
    if (this.#state === 'open' && this.#silenceTimer === undefined) this.#ping();
  }

  /** Closes without a report: whoever closes knows. The usual code tells the other side that this is a goodbye. */
  close(code: number = CLOSE.normal): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#raw.close(code, '');
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    clearTimeout(this.#openTimer);
    this.#pingTimer = setInterval(() => this.probe(), this.#options.keepAlive.intervalMs);
    this.#options.onOpen();
  }

  #received(data: unknown): void {
    if (this.#state !== 'open') return;
    // Anything heard proves the other side alive.
    this.#framesHeard += 1;
    this.#heardAt = performance.now();
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = undefined;
    if (typeof data !== 'string') return;
    const parsed = this.#options.parse(data);
    if (!parsed.ok) this.#options.onUnreadable();
    else if (parsed.message.type !== 'pong') this.#options.onMessage(parsed.message);
  }

  #ping(): void {
    if (!this.sendFrame(PING_FRAME)) return;
    const { timeoutMs } = this.#options.keepAlive;
    const due = performance.now() + timeoutMs;
    this.#silenceTimer = setTimeout(() => {
      this.#silenceTimer = undefined;
      // A timer that fires very late means that this page was frozen; the pong may lie in its queue.
      if (performance.now() - due > timeoutMs) this.#ping();
      else this.#end(LOCAL_CLOSE.silent, 'no answer to a keep-alive');
    }, timeoutMs);
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#release();
    const ours = Object.values<number>(LOCAL_CLOSE).includes(code);
    if (ours) this.#raw.close(code, reason);
    this.#options.onClosed(code, reason);
  }

  #release(): void {
    this.#state = 'closed';
    clearTimeout(this.#openTimer);
    clearInterval(this.#pingTimer);
    clearTimeout(this.#silenceTimer);
  }
}
