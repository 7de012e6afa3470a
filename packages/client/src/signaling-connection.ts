import { CLOSE, isFinalClose, type MeridianError, parseFrame, signaling } from '@meridian/protocol';
import { HANDSHAKE_TIMEOUT_MS, SIGNALING_FRAME_UNITS, SIGNALING_KEEP_ALIVE } from './config.ts';
import type { Environment } from './environment.ts';
import { connectionLost, endOfClose, endOfError, notJoined } from './errors.ts';
import { type Body, LOCAL_CLOSE, MessageSocket } from './message-socket.ts';
import { errorOf, expectType, isError, Requests } from './requests.ts';
import { Retry } from './retry.ts';
import { position } from './sequence.ts';
import type { EndReason, ReconnectPolicy } from './types.ts';

type Out = signaling.ClientToRoom;
type In = signaling.RoomToClient;
type Media = signaling.ClientToRoom & { type: 'join' };

export type SignalingHandlers = {
  /** The first socket is open. */
  opened(): void;
  /** Joined, or resumed. With `state` it replaces everything known; without, the missed events follow. */
  joined(message: signaling.Joined): void;
  /** The next ordered event. */
  event(event: signaling.OrderedEvent): void;
  /** A chat message that was seen before: the room repeats it to answer a resend. */
  repeated(event: signaling.OrderedEvent): void;
  /** An error for a request that is not waited for here. */
  refused(ref: number | string, error: MeridianError): void;
  /** The connection is gone; it is being restored. */
  down(): void;
  /** There is nothing to come back to. The last call. */
  ended(reason: EndReason, error?: MeridianError): void;
};

export type SignalingOptions = {
  environment: Environment;
  url: string;
  ticket: string;
  media: Media['media'];
  policy: ReconnectPolicy;
  handlers: SignalingHandlers;
};

/**
 * The session with the room: one socket after another, one uninterrupted sequence of events.
 * Tries for ever to come back; only the room can end it, or close().
 */
export class SignalingConnection {
  readonly #options: SignalingOptions;
  readonly #requests = new Requests<In>();
  readonly #retry: Retry;
  readonly #unsubscribeWake: () => void;
  #socket: MessageSocket<In, Out> | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #session: { id: string; secret: string; lastSeq: number } | undefined;
  #joined = false;
  #closed = false;

  constructor(options: SignalingOptions) {
    this.#options = options;
    this.#retry = new Retry(options.policy, options.environment.random, () => this.#connect());
    this.#unsubscribeWake = options.environment.wake.subscribe(() => {
      this.#retry.hurry();
      this.#socket?.probe();
    });
    this.#retry.schedule();
  }

  /** Messages can be sent: the room has said `joined` on the present socket. */
  get ready(): boolean {
    return this.#joined;
  }

  /** Sends what is not waited for. False when there is no connection now. */
  send(body: Body<Out>): boolean {
    return this.#joined && this.#socket?.send(body) === true;
  }

  /** Rejects with the room's error, `timeout`, or when the connection is lost before the answer. */
  async request<T extends In['type']>(body: Body<Out>, answer: T): Promise<Extract<In, { type: T }>> {
    return expectType(await this.confirm(body), answer);
  }

  /** The same, where any answer but an error will do. */
  async confirm(body: Body<Out>, timeoutMs?: number): Promise<In> {
    if (this.#closed) throw notJoined();
    if (!this.#joined || !this.#socket) throw connectionLost();
    const request = this.#requests.begin(timeoutMs);
    // A refused send abandons the socket, which rejects the request.
    this.#socket.send({ ...body, ref: request.ref });
    return request.answer;
  }

  /** Resumes over a new socket, to hear from the room anew where media goes. */
  refresh(): void {
    if (this.#joined) this.#socket?.abandon(LOCAL_CLOSE.outOfStep, 'asking anew');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#joined = false;
    this.#unsubscribeWake();
    this.#retry.close();
    clearTimeout(this.#handshake);
    this.#socket?.close();
    this.#requests.rejectAll(notJoined());
  }

  #connect(): void {
    const { environment, url, ticket, handlers } = this.#options;
    const first = this.#session === undefined;
    this.#socket = new MessageSocket<In, Out>({
      open: environment.openSocket,
      url,
      protocols: [signaling.SIGNALING_SUBPROTOCOL, ticket],
      parse: (frame) => parseFrame(signaling.RoomToClient, frame, SIGNALING_FRAME_UNITS),
      keepAlive: SIGNALING_KEEP_ALIVE,
      onOpen: () => {
        if (first) handlers.opened();
        this.#greet();
      },
      onMessage: (message) => this.#received(message),
      onClosed: (code, reason) => this.#lost(code, reason),
    });
  }

  #greet(): void {
    const session = this.#session;
    this.#handshake = setTimeout(
      () => this.#socket?.abandon(LOCAL_CLOSE.silent, 'no answer to the greeting'),
      HANDSHAKE_TIMEOUT_MS,
    );
    this.#socket?.send(
      session
        ? {
            type: 'resume',
            session_id: session.id,
            session_secret: session.secret,
            last_seq: session.lastSeq,
          }
        : { type: 'join', media: this.#options.media },
    );
  }

  #received(message: In): void {
    if (message.type === 'joined') {
      this.#welcomed(message);
    } else if (isError(message)) {
      this.#refused(message);
    } else if (message.type === 'batch') {
      // Each checks whether the session still stands: an event may end it, or show a gap.
      for (const event of message.events) this.#ordered(event);
    } else if ('seq' in message) {
      this.#ordered(message);
    } else {
      this.#requests.settle(message);
    }
  }

  #welcomed(message: signaling.Joined): void {
    clearTimeout(this.#handshake);
    const kept = this.#session;
    this.#session = {
      id: message.session_id,
      secret: message.session_secret,
      lastSeq: message.state === undefined && kept ? kept.lastSeq : message.seq,
    };
    this.#joined = true;
    this.#retry.succeeded();
    this.#options.handlers.joined(message);
  }

  #refused(message: In & { type: 'error' }): void {
    const error = errorOf(message);
    if (!this.#joined) {
      const end = endOfError(error);
      if (end) this.#finish(end.reason, end.error);
      else this.#socket?.abandon(CLOSE.unavailable, error.message);
      return;
    }
    if (this.#requests.settle(message) || message.ref === undefined) return;
    this.#options.handlers.refused(message.ref, error);
  }

  #ordered(event: signaling.OrderedEvent): void {
    const session = this.#session;
    if (!session || !this.#joined) return;
    const place = position(session.lastSeq, event);
    if (place === 'gap') {
      this.#socket?.abandon(LOCAL_CLOSE.outOfStep, 'missed an event');
      return;
    }
    if (place === 'known') {
      this.#options.handlers.repeated(event);
    } else {
      session.lastSeq = event.seq;
      this.#options.handlers.event(event);
    }
    // After the event was applied, so that whoever waits for the answer finds its effect in place.
    this.#requests.settle(event);
    if (event.type === 'meeting_ended' && place === 'next') this.#finish('meeting_ended');
  }

  #lost(code: number, reason: string): void {
    clearTimeout(this.#handshake);
    this.#joined = false;
    this.#requests.rejectAll(connectionLost());
    if (this.#closed) return;
    if (isFinalClose(code)) {
      const end = endOfClose(code, reason);
      this.#finish(end.reason, end.error);
      return;
    }
    this.#options.handlers.down();
    this.#retry.schedule();
  }

  #finish(reason: EndReason, error?: MeridianError): void {
    if (this.#closed) return;
    this.close();
    this.#options.handlers.ended(reason, error);
  }
}
