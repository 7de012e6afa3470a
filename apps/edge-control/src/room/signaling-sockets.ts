import {
  CLOSE,
  encode,
  LIMITS,
  MeridianError,
  PING_FRAME,
  PONG_FRAME,
  parseFrame,
  type Ref,
  signaling,
} from '@meridian/protocol';
import { Conduct } from './conduct.ts';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import { leaveDoor, loseDoorSocket, misinformed } from './door.ts';
import type { Entrance } from './entrance.ts';
import { loseSocket } from './presence.ts';
import type { Requests } from './requests.ts';
import type { Runtime } from './runtime.ts';
import { close, isOpen, type SignalAttachment, send, sendError, signalAttachment, TAG } from './sockets.ts';

/** A socket's messages are worked through one after another, although some of them wait for a signature. */
type Line = { tail: Promise<void>; waiting: number; malformed: number };

/** The participants' sockets, and those of people at the door. */
export class SignalingSockets {
  readonly #runtime: Runtime;
  readonly #entrance: Entrance;
  readonly #requests: Requests;
  readonly #lines = new WeakMap<WebSocket, Line>();
  readonly #conduct = new Conduct(ROOM.clientRate);

  constructor(runtime: Runtime, entrance: Entrance, requests: Requests) {
    this.#runtime = runtime;
    this.#entrance = entrance;
    this.#requests = requests;
    runtime.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING_FRAME, PONG_FRAME));
  }

  /** After a wake: which sockets are whose, and who has none any more. */
  restore(): void {
    const { state, fanOut, ctx } = this.#runtime;
    const session = state.session.active;
    for (const socket of ctx.getWebSockets(TAG.signal)) {
      const attachment = signalAttachment(socket);
      if (attachment?.stage === 'new') this.#expectFirstMessage(socket, attachment);
      if (attachment?.stage !== 'joined' || !isOpen(socket)) continue;
      const member = state.roster.find(attachment);
      if (!session || !member) continue;
      const last = Math.max(attachment.baseline, session.last_public_seq);
      fanOut.attach(member.participant_id, { id: attachment.id, socket, last });
    }
    this.noticeLosses();
  }

  /** A restart closes sockets without a word. Those who lost theirs that way get the same grace as anybody. */
  noticeLosses(): void {
    const { state, fanOut } = this.#runtime;
    if (!state.session.active) return;
    const pending = (id: string) =>
      (['blip', 'grace'] as const).some((kind) => state.timers.get(kind, id) !== undefined);
    const lost = state.roster
      .allJoined()
      .filter(({ participant_id: id }) => !fanOut.connection(id) && !pending(id));
    const strayed = state.waiters
      .arrived()
      .filter(({ participant_id: id }) => !this.#waitingSocket(id) && !pending(id));
    if (lost.length + strayed.length === 0) return;
    this.#runtime.transact((op) => {
      for (const member of lost) loseSocket(op, member);
      for (const waiter of strayed) loseDoorSocket(op, waiter);
    });
  }

  /** Closes sockets whose clients used to ping and have been silent for long. */
  closeSilent(participantId?: string): void {
    const { ctx } = this.#runtime;
    const tag = participantId === undefined ? TAG.signal : TAG.participant(participantId);
    const allowed = participantId === undefined ? ROOM.socket.silentMs : ROOM.participant.silenceMs;
    const limit = this.#runtime.now() - allowed;
    for (const socket of ctx.getWebSockets(tag)) {
      const pinged = ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      if (pinged === undefined || pinged >= limit) continue;
      this.#abandon(socket, CLOSE.goingAway, 'silent');
    }
  }

  accept(caller: Caller): Response {
    const { ctx } = this.#runtime;
    const { 0: client, 1: server } = new WebSocketPair();
    this.#limitSilent(caller);
    ctx.acceptWebSocket(server, [TAG.signal, TAG.participant(caller.participant_id)]);
    const attachment: SignalAttachment = {
      kind: 'signal',
      id: crypto.randomUUID(),
      ...caller,
      stage: 'new',
      opened_at: this.#runtime.now(),
      baseline: 0,
    };
    server.serializeAttachment(attachment);
    this.#expectFirstMessage(server, attachment);
    const headers = { 'Sec-WebSocket-Protocol': signaling.SIGNALING_SUBPROTOCOL };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /**
   * Sockets that wait for their first message are few for each participant. Which of them the client still has cannot
   * be told: requests that were held up come in any order. So several may wait, and none is closed for good.
   */
  #limitSilent({ participant_id }: Caller): void {
    const silent = this.#runtime
      .socketsOf(participant_id)
      .filter((socket) => signalAttachment(socket)?.stage === 'new');
    const tooMany = silent.length + 1 - ROOM.socket.maxSilent;
    for (const socket of silent.slice(0, Math.max(0, tooMany))) {
      close(socket, CLOSE.unavailable, 'another socket was opened');
    }
  }

  async message(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const attachment = signalAttachment(socket);
    if (!attachment || attachment.stage === 'done') return;
    const parsed = parseFrame(signaling.ClientToRoom, frame, LIMITS.signalingFrameBytes);
    const ref = parsed.ok ? parsed.message.ref : parsed.ref;
    const admitted = this.#conduct.admit(attachment.participant_id, this.#runtime.now());
    if (!admitted.allowed) {
      if (admitted.flooding) return this.#abandon(socket, CLOSE.flooding, 'flooding');
      const { retryAfterMs } = admitted;
      return sendError(socket, new MeridianError('rate_limited', 'slower', { retryAfterMs }), ref);
    }
    if (parsed.ok) return this.#queue(socket, () => this.#handle(socket, parsed.message));
    sendError(socket, parsed.error, ref);
    if (parsed.error.code === 'unsupported_version') {
      return this.#abandon(socket, CLOSE.unsupportedVersion, 'unsupported version');
    }
    const line = this.#line(socket);
    line.malformed += 1;
    if (line.malformed >= ROOM.socket.maxMalformed) {
      this.#abandon(socket, CLOSE.malformed, 'malformed messages');
    }
  }

  /** How much somebody asks for over REST counts as well. Throws `rate_limited`. */
  requireCalm({ participant_id }: Caller): void {
    const verdict = this.#conduct.admit(participant_id, this.#runtime.now());
    if (verdict.allowed) return;
    throw new MeridianError('rate_limited', 'slower', { retryAfterMs: verdict.retryAfterMs });
  }

  /** Somebody has been given a place: they come in, on the socket they wait with. */
  async letIn(participantId: string): Promise<void> {
    await this.#withWaiting(participantId, (socket, attachment) => this.#entrance.letIn(socket, attachment));
  }

  /** Those who wait for another reason now are told. */
  async tellWaiting(): Promise<void> {
    await Promise.all(
      misinformed(this.#runtime.state).map(({ participant_id }) =>
        this.#withWaiting(participant_id, (socket, attachment) =>
          this.#entrance.tellWaiting(socket, attachment),
        ),
      ),
    );
  }

  /** The socket is gone. */
  closed(socket: WebSocket): void {
    const attachment = signalAttachment(socket);
    if (!attachment) return;
    const { state, deadlines, fanOut } = this.#runtime;
    deadlines.clear(attachment.id);
    if (!state.session.active) return;
    if (attachment.stage === 'waiting') {
      const waiter = state.waiters.find(attachment);
      if (waiter) this.#runtime.transact((op) => loseDoorSocket(op, waiter));
    }
    if (attachment.stage === 'joined' && fanOut.detach(attachment.participant_id, attachment.id)) {
      const member = state.roster.find(attachment);
      if (member) this.#runtime.transact((op) => loseSocket(op, member));
    }
  }

  async #withWaiting(
    participantId: string,
    work: (socket: WebSocket, attachment: SignalAttachment) => Promise<void>,
  ): Promise<void> {
    const socket = this.#waitingSocket(participantId);
    if (!socket) return;
    await this.#queue(socket, async () => {
      const attachment = signalAttachment(socket);
      if (attachment?.stage !== 'waiting') return;
      try {
        await work(socket, attachment);
      } catch (error) {
        this.#answerFailure(socket, attachment, error, undefined);
      }
    });
  }

  #waitingSocket(participantId: string): WebSocket | undefined {
    return this.#runtime
      .socketsOf(participantId)
      .find((socket) => isOpen(socket) && signalAttachment(socket)?.stage === 'waiting');
  }

  /** Never rejects: what goes wrong is answered. */
  async #handle(socket: WebSocket, message: signaling.ClientToRoom): Promise<void> {
    const attachment = signalAttachment(socket);
    if (!attachment || attachment.stage === 'done') return;
    try {
      switch (message.type) {
        case 'ping':
          return send(socket, encode<signaling.RoomToClient>({ type: 'pong', ref: message.ref }));
        case 'join':
          if (attachment.stage !== 'new') throw new MeridianError('already_joined', 'this socket has joined');
          return await this.#entrance.join(socket, attachment, message);
        case 'resume':
          return await this.#entrance.resume(socket, attachment, message);
        default:
          if (message.type === 'leave' && attachment.stage === 'waiting') {
            return this.#leaveDoor(attachment, message.ref);
          }
          if (attachment.stage !== 'joined') throw new MeridianError('not_joined', 'join first');
          return await this.#requests.handle(attachment, message, (error) =>
            this.#answerFailure(socket, attachment, error, message.ref),
          );
      }
    } catch (error) {
      this.#answerFailure(socket, attachment, error, message.ref);
    }
  }

  #leaveDoor(attachment: SignalAttachment, ref: Ref | undefined): void {
    this.#runtime.transact((op) => {
      const waiter = op.state.waiters.find(attachment);
      if (waiter) leaveDoor(op, waiter, 'left', encode<signaling.RoomToClient>({ type: 'left', ref }));
    });
  }

  #answerFailure(
    socket: WebSocket,
    attachment: SignalAttachment,
    error: unknown,
    ref: Ref | undefined,
  ): void {
    if (!(error instanceof MeridianError)) {
      const { participant_id } = attachment;
      this.#runtime.log('error', 'a message could not be handled', { participant_id, error });
      sendError(socket, new MeridianError('internal', 'something went wrong'), ref);
      return;
    }
    sendError(socket, error, ref);
    if (error.code === 'session_expired') this.#abandon(socket, CLOSE.sessionExpired, 'session expired');
    if (error.code === 'removed') this.#abandon(socket, CLOSE.removed, 'removed');
    if (error.code === 'denied') this.#abandon(socket, CLOSE.denied, 'denied');
    if (error.code === 'meeting_ended') this.#abandon(socket, CLOSE.meetingEnded, 'meeting ended');
  }

  /** Closed by us for what it did; the participant keeps the grace. */
  #abandon(socket: WebSocket, code: (typeof CLOSE)[keyof typeof CLOSE], reason: string): void {
    this.closed(socket);
    close(socket, code, reason);
  }

  #expectFirstMessage(socket: WebSocket, { id, opened_at }: SignalAttachment): void {
    const left = Math.max(0, opened_at + ROOM.socket.firstMessageMs - this.#runtime.now());
    this.#runtime.deadlines.set(id, left, () => {
      if (signalAttachment(socket)?.stage === 'new') close(socket, CLOSE.authTimeout, 'no join or resume');
    });
  }

  async #queue(socket: WebSocket, work: () => Promise<void>): Promise<void> {
    const line = this.#line(socket);
    if (line.waiting >= ROOM.socket.maxWaiting) return this.#abandon(socket, CLOSE.flooding, 'flooding');
    line.waiting += 1;
    line.tail = line.tail.then(work);
    await line.tail;
    line.waiting -= 1;
  }

  #line(socket: WebSocket): Line {
    let line = this.#lines.get(socket);
    if (!line) {
      line = { tail: Promise.resolve(), waiting: 0, malformed: 0 };
      this.#lines.set(socket, line);
    }
    return line;
  }
}
