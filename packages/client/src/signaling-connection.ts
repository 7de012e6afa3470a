import { type MeridianError, parseFrame, signaling } from '@meridian/protocol';
import {
  HANDSHAKE_TIMEOUT_MS,
  SIGNALING_FRAME_UNITS,
  SIGNALING_KEEP_ALIVE,
  SOCKET_OPEN_TIMEOUT_MS,
} from './config.ts';
import type { Environment } from './environment.ts';
import { connectionLost, notJoined } from './errors.ts';
import { type Body, LOCAL_CLOSE, MessageSocket } from './message-socket.ts';
import { errorOf, expectType, isError, Requests } from './requests.ts';
import { Retry } from './retry.ts';
import { position } from './sequence.ts';
import {
  FIRST_STATE,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
  transition,
} from './signaling-state.ts';
import type { EndReason, ReconnectPolicy } from './types.ts';

type Out = signaling.ClientToRoom;
type In = signaling.RoomToClient;
type Media = signaling.ClientToRoom & { type: 'join' };

export type SignalingHandlers = {
  /** The first socket is open. */
  opened(): void;
  /** Joined, or resumed. With `state` it replaces everything known; without, the missed events follow. */
  joined(message: signaling.Joined): void;
  /** At the door. `joined` follows, or the end. */
  waiting(message: signaling.Waiting): void;
  /** Media goes elsewhere from now on. */
  moved(message: signaling.SfuMove): void;
  /** Another standby from now on. */
  standby(message: signaling.StandbyChanged): void;
  /** The next ordered event. */
  event(event: signaling.OrderedEvent): void;
  /** A chat message that was seen before: the room repeats it to answer a resend. */
  repeated(event: signaling.OrderedEvent): void;
  reaction(message: In & { type: 'reaction' }): void;
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
 * The session with the room: one socket after another, one uninterrupted sequence of events. What happens when is
 * decided by `transition`; here it is carried out.
 */
export class SignalingConnection {
  readonly #options: SignalingOptions;
  readonly #requests = new Requests<In>();
  readonly #retry: Retry;
  readonly #unsubscribeWake: () => void;
  #state: SignalingState = FIRST_STATE;
  #socket: MessageSocket<In, Out> | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #session: { id: string; secret: string; lastSeq: number } | undefined;
  #lostAt = Number.NEGATIVE_INFINITY;

  constructor(options: SignalingOptions) {
    this.#options = options;
    this.#retry = new Retry(options.policy, options.environment.random, () =>
      this.#happened({ event: 'due' }),
    );
    this.#unsubscribeWake = options.environment.wake.subscribe(() => {
      this.#retry.hurry();
      this.probe();
    });
    this.#retry.schedule();
  }

  /** The room listens on the present socket. */
  get ready(): boolean {
    return this.#state.phase === 'joined' || this.#state.phase === 'waiting';
  }

  /** When the room was last heard, by performance.now(). */
  get heardAt(): number {
    return this.#socket?.heardAt ?? Number.NEGATIVE_INFINITY;
  }

  /** When a socket to the room last broke off, by performance.now(). */
  get lostAt(): number {
    return this.#lostAt;
  }

  /** Checks now whether the room is there. */
  probe(): void {
    this.#socket?.probe();
  }

  /** Sends what is not waited for. False when there is no connection now. */
  send(body: Body<Out>): boolean {
    return this.#state.phase === 'joined' && this.#socket?.send(body) === true;
  }

  /** Rejects with the room's error, `timeout`, or when the connection is lost before the answer. */
  async request<T extends In['type']>(body: Body<Out>, answer: T): Promise<Extract<In, { type: T }>> {
    return expectType(await this.confirm(body), answer);
  }

  /** The same, where any answer but an error will do. Rejects with `not_joined` at the door and after the end. */
  async confirm(body: Body<Out>): Promise<In> {
    const { phase, resumable } = this.#state;
    if (phase === 'closed' || phase === 'waiting' || !resumable) throw notJoined();
    if (phase !== 'joined') throw connectionLost();
    return this.#ask(body);
  }

  /** Says goodbye, from the door too. */
  async leave(timeoutMs: number): Promise<void> {
    await this.#ask({ type: 'leave' }, timeoutMs);
  }

  /** Resumes over a new socket, to hear from the room anew where media goes. */
  refresh(): void {
    this.#happened({ event: 'refresh' });
  }

  close(): void {
    this.#happened({ event: 'close' });
  }

  #ask(body: Body<Out>, timeoutMs?: number): Promise<In> {
    const request = this.#requests.begin(timeoutMs);
    // A refused send abandons the socket, which rejects the request.
    this.#socket?.send({ ...body, ref: request.ref });
    return request.answer;
  }

  #happened(event: SignalingEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: SignalingEffect): void {
    switch (effect.effect) {
      case 'open':
        this.#open();
        break;
      case 'greet':
        this.#greet();
        break;
      case 'abandon':
        clearTimeout(this.#handshake);
        this.#socket?.close(LOCAL_CLOSE.outOfStep);
        break;
      case 'retry':
        this.#retry.schedule(effect.atLeastMs);
        break;
      case 'stands':
        clearTimeout(this.#handshake);
        this.#retry.succeeded();
        break;
      case 'tell_down':
        this.#requests.rejectAll(connectionLost());
        this.#options.handlers.down();
        break;
      case 'release':
        this.#unsubscribeWake();
        this.#retry.close();
        clearTimeout(this.#handshake);
        this.#socket?.close();
        this.#requests.rejectAll(notJoined());
        break;
      case 'tell_ended':
        this.#options.handlers.ended(effect.reason, effect.error);
        break;
    }
  }

  #open(): void {
    const { environment, url, ticket, handlers } = this.#options;
    const first = this.#session === undefined;
    this.#socket = new MessageSocket<In, Out>({
      open: environment.openSocket,
      url,
      protocols: [signaling.SIGNALING_SUBPROTOCOL, ticket],
      parse: (frame) => parseFrame(signaling.RoomToClient, frame, SIGNALING_FRAME_UNITS),
      openTimeoutMs: SOCKET_OPEN_TIMEOUT_MS,
      keepAlive: SIGNALING_KEEP_ALIVE,
      onOpen: () => {
        if (first) handlers.opened();
        this.#happened({ event: 'opened' });
      },
      onMessage: (message) => this.#received(message),
      // An ordered event shows as a gap.
      onUnreadable: () => {},
      onClosed: (code, text) => {
        clearTimeout(this.#handshake);
        this.#lostAt = performance.now();
        this.#happened({ event: 'socket_closed', code, text });
      },
    });
  }

  #greet(): void {
    const session = this.#session;
    this.#handshake = setTimeout(() => this.#happened({ event: 'unanswered' }), HANDSHAKE_TIMEOUT_MS);
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
    const { handlers } = this.#options;
    if (message.type === 'joined') {
      this.#welcomed(message);
    } else if (message.type === 'waiting') {
      this.#session = { id: message.session_id, secret: message.session_secret, lastSeq: 0 };
      this.#happened({ event: 'waiting' });
      if (this.#state.phase === 'waiting') handlers.waiting(message);
    } else if (isError(message)) {
      this.#refused(message);
    } else if (message.type === 'batch') {
      // Each checks whether the session still stands: an event may end it, or show a gap.
      for (const event of message.events) this.#ordered(event);
    } else if ('seq' in message) {
      this.#ordered(message);
    } else {
      if (message.type === 'sfu_move') handlers.moved(message);
      else if (message.type === 'standby') handlers.standby(message);
      else if (message.type === 'reaction') handlers.reaction(message);
      this.#requests.settle(message);
    }
  }

  #welcomed(message: signaling.Joined): void {
    const kept = this.#session;
    this.#session = {
      id: message.session_id,
      secret: message.session_secret,
      lastSeq: message.state === undefined && kept ? kept.lastSeq : message.seq,
    };
    this.#happened({ event: 'joined' });
    if (this.#state.phase === 'joined') this.#options.handlers.joined(message);
  }

  #refused(message: In & { type: 'error' }): void {
    const error = errorOf(message);
    if (!this.ready) this.#happened({ event: 'refused', error });
    else if (!this.#requests.settle(message) && message.ref !== undefined) {
      this.#options.handlers.refused(message.ref, error);
    }
  }

  #ordered(event: signaling.OrderedEvent): void {
    const session = this.#session;
    if (!session || this.#state.phase !== 'joined') return;
    const place = position(session.lastSeq, event);
    if (place === 'gap') {
      this.#happened({ event: 'missed' });
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
    if (event.type === 'meeting_ended' && place === 'next') this.#happened({ event: 'meeting_ended' });
  }
}
