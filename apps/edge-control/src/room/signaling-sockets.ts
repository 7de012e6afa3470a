import {
  CLOSE,
  encode,
  LIMITS,
  MeridianError,
  PING_FRAME,
  PONG_FRAME,
  parseFrame,
  type Ref,
  type SfuEndpoint,
  signaling,
} from '@meridian/protocol';
import type { z } from 'zod';
import { type Command, perform } from './commands.ts';
import { Conduct } from './conduct.ts';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import { Deadlines } from './deadlines.ts';
import { missedFrame } from './fan-out.ts';
import { absence, mediaAccess } from './media-access.ts';
import { meetingState } from './meeting-state.ts';
import { comeBack, enter, loseSocket } from './presence.ts';
import type { Runtime } from './runtime.ts';
import { hashSecret, newSecret, sameHash } from './secrets.ts';
import { close, isOpen, type SignalAttachment, send, sendError, signalAttachment, TAG } from './sockets.ts';

/** A socket's messages are worked through one after another, although some of them wait for a signature. */
type Line = { tail: Promise<void>; waiting: number; malformed: number };

/** The participants' sockets. */
export class SignalingSockets {
  readonly #runtime: Runtime;
  readonly #lines = new WeakMap<WebSocket, Line>();
  readonly #conduct = new Conduct(ROOM.clientRate);
  readonly #deadlines = new Deadlines();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
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
      // Private events are few, so that instead of one position per socket and event, two numbers are kept.
      const last = Math.max(attachment.baseline, session.last_public_seq, member.last_private_seq);
      fanOut.attach(member.participant_id, { id: attachment.id, socket, last });
    }
    this.noticeLosses();
  }

  /** A restart closes sockets without a word. Those who lost theirs that way get the same grace as anybody. */
  noticeLosses(): void {
    const { state, fanOut } = this.#runtime;
    if (!state.session.active) return;
    const lost = state.roster
      .allJoined()
      .filter(({ participant_id }) => !fanOut.connection(participant_id))
      .filter(({ participant_id }) => state.timers.get('blip', participant_id) === undefined)
      .filter(({ participant_id }) => state.timers.get('grace', participant_id) === undefined);
    if (lost.length === 0) return;
    this.#runtime.transact((op) => {
      for (const member of lost) loseSocket(op, member);
    });
  }

  /** Closes sockets whose clients used to ping and have been silent for long. */
  closeSilent(): void {
    const { ctx } = this.#runtime;
    const limit = this.#runtime.now() - ROOM.socket.silentMs;
    for (const socket of ctx.getWebSockets(TAG.signal)) {
      const pinged = ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      if (pinged === undefined || pinged >= limit) continue;
      this.closed(socket);
      close(socket, CLOSE.goingAway, 'silent');
    }
  }

  accept(caller: Caller): Response {
    const { ctx } = this.#runtime;
    const { 0: client, 1: server } = new WebSocketPair();
    // One socket at a time may wait for its first message: a client that opens another has given this one up.
    for (const socket of ctx.getWebSockets(TAG.participant(caller.participant_id))) {
      if (signalAttachment(socket)?.stage === 'new') close(socket, CLOSE.replaced, 'replaced');
    }
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

  async message(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const attachment = signalAttachment(socket);
    if (!attachment || attachment.stage === 'done') return;
    const line = this.#line(socket);
    const parsed = parseFrame(signaling.ClientToRoom, frame, LIMITS.signalingFrameBytes);
    const ref = parsed.ok ? parsed.message.ref : parsed.ref;
    const admitted = this.#conduct.admit(attachment.participant_id, this.#runtime.now());
    if (!admitted.allowed) {
      if (admitted.flooding) return this.#abandon(socket, CLOSE.flooding, 'flooding');
      const { retryAfterMs } = admitted;
      return sendError(socket, new MeridianError('rate_limited', 'slower', { retryAfterMs }), ref);
    }
    if (!parsed.ok) {
      sendError(socket, parsed.error, ref);
      if (parsed.error.code === 'unsupported_version') {
        return this.#abandon(socket, CLOSE.unsupportedVersion, 'unsupported version');
      }
      line.malformed += 1;
      if (line.malformed < ROOM.socket.maxMalformed) return;
      return this.#abandon(socket, CLOSE.malformed, 'malformed messages');
    }
    if (line.waiting >= ROOM.socket.maxWaiting) return this.#abandon(socket, CLOSE.flooding, 'flooding');
    line.waiting += 1;
    line.tail = line.tail.then(() => this.#handle(socket, parsed.message));
    await line.tail;
    line.waiting -= 1;
  }

  /** The socket is gone. */
  closed(socket: WebSocket): void {
    const attachment = signalAttachment(socket);
    if (attachment) this.#deadlines.clear(attachment.id);
    if (attachment?.stage !== 'joined') return;
    if (!this.#runtime.fanOut.detach(attachment.participant_id, attachment.id)) return;
    const member = this.#runtime.state.roster.find(attachment);
    if (!member || !this.#runtime.state.session.active) return;
    this.#runtime.transact((op) => loseSocket(op, member));
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
          return await this.#join(socket, attachment, message);
        case 'resume':
          return await this.#resume(socket, attachment, message);
        case 'request_media_token':
          return await this.#grantMediaToken(socket, attachment, message.ref);
        default:
          return this.#perform(attachment, message);
      }
    } catch (error) {
      this.#answerFailure(socket, attachment, error, message.ref);
    }
  }

  async #join(
    socket: WebSocket,
    attachment: SignalAttachment,
    message: z.infer<typeof signaling.Join>,
  ): Promise<void> {
    if (attachment.stage === 'joined') throw new MeridianError('already_joined', 'this socket has joined');
    const runtime = this.#runtime;
    const secret = newSecret();
    const secretHash = await hashSecret(secret);
    const sfu = await mediaAccess(runtime, attachment);
    if (isGone(socket)) return;
    const { again, seq } = runtime.transact((op) => {
      const member = op.state.roster.find(attachment);
      if (!member) throw absence(op.state, attachment).error;
      const entered = enter(op, member, message.media, secretHash);
      return { again: member.stage === 'joined', seq: entered.since_seq };
    });
    runtime.log('info', 'joined', { participant_id: attachment.participant_id, node_id: sfu.node_id });
    this.#attach(socket, attachment, seq);
    this.#sendJoined(socket, attachment, { ref: message.ref, seq, secret, sfu, state: true, reset: again });
  }

  async #resume(
    socket: WebSocket,
    attachment: SignalAttachment,
    message: z.infer<typeof signaling.Resume>,
  ): Promise<void> {
    const runtime = this.#runtime;
    if (message.session_id !== attachment.session_id) throw new MeridianError('session_expired', 'join anew');
    const secret = newSecret();
    const [used, next] = await Promise.all([hashSecret(message.session_secret), hashSecret(secret)]);
    const sfu = await mediaAccess(runtime, attachment);
    if (isGone(socket)) return;
    const member = runtime.transact((op) => {
      const found = op.state.roster.find(attachment);
      const secrets = found?.stage === 'joined' ? [found.secret_hash, found.next_secret_hash] : [];
      if (!found || !secrets.some((hash) => sameHash(hash, used))) throw absence(op.state, attachment).error;
      return comeBack(op, found, { used, next });
    });
    const { seq } = this.#session();
    const { participant_id } = member;
    const missed =
      message.last_seq < member.since_seq
        ? null
        : runtime.state.events.since(message.last_seq, participant_id, seq);
    if (!missed) {
      this.#attach(socket, attachment, seq);
      this.#sendJoined(socket, attachment, { ref: message.ref, seq, secret, sfu, state: true, reset: true });
      return;
    }
    this.#attach(socket, attachment, missed.at(-1)?.seq ?? message.last_seq);
    // The client's own state is complete up to its last event; from there the missed ones lead on.
    const from = { ref: message.ref, seq: message.last_seq, secret, sfu, state: false, reset: false };
    this.#sendJoined(socket, attachment, from);
    if (missed.length > 0) send(socket, missedFrame(participant_id, missed, message.last_seq));
  }

  async #grantMediaToken(
    socket: WebSocket,
    attachment: SignalAttachment,
    ref: Ref | undefined,
  ): Promise<void> {
    if (attachment.stage !== 'joined') throw new MeridianError('not_joined', 'join first');
    const { media_token } = await mediaAccess(this.#runtime, attachment);
    send(socket, encode<signaling.RoomToClient>({ type: 'media_token', ref, media_token }));
  }

  #perform(attachment: SignalAttachment, command: Command): void {
    if (attachment.stage !== 'joined') throw new MeridianError('not_joined', 'join first');
    this.#runtime.transact((op) => {
      const member = op.state.roster.find(attachment);
      if (!member || !op.state.session.active) throw absence(op.state, attachment).error;
      perform(op, member, command);
    });
    if (command.type !== 'chat') {
      this.#runtime.log('info', command.type, { participant_id: attachment.participant_id });
    }
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
    if (error.code === 'meeting_ended') this.#abandon(socket, CLOSE.meetingEnded, 'meeting ended');
  }

  /** This socket is the participant's now; the one before is closed. */
  #attach(socket: WebSocket, attachment: SignalAttachment, last: number): void {
    socket.serializeAttachment({ ...attachment, stage: 'joined', baseline: last } satisfies SignalAttachment);
    const { participant_id, id } = attachment;
    this.#deadlines.clear(id);
    const replaced = this.#runtime.fanOut.attach(participant_id, { id, socket, last });
    if (replaced) close(replaced.socket, CLOSE.replaced, 'replaced');
  }

  #sendJoined(
    socket: WebSocket,
    { participant_id, session_id }: SignalAttachment,
    answer: {
      ref: Ref | undefined;
      seq: number;
      secret: string;
      sfu: SfuEndpoint;
      state: boolean;
      reset: boolean;
    },
  ): void {
    const joined: Omit<signaling.Joined, 'v'> = {
      type: 'joined',
      ref: answer.ref,
      seq: answer.seq,
      participant_id,
      session_id,
      session_secret: answer.secret,
      server_time: this.#runtime.now(),
      sfu: answer.sfu,
      standby: null,
      delivery: 'webrtc',
      ...(answer.state ? { state: meetingState(this.#runtime.state, this.#session(), participant_id) } : {}),
      ...(answer.reset ? { reset: true } : {}),
    };
    send(socket, encode<signaling.Joined>(joined));
  }

  #session() {
    const session = this.#runtime.state.session.active;
    if (!session) throw new MeridianError('meeting_ended', 'the meeting has ended');
    return session;
  }

  /** Closed by us for what it did; the participant keeps the grace. */
  #abandon(socket: WebSocket, code: (typeof CLOSE)[keyof typeof CLOSE], reason: string): void {
    this.closed(socket);
    close(socket, code, reason);
  }

  #expectFirstMessage(socket: WebSocket, { id, opened_at }: SignalAttachment): void {
    const left = Math.max(0, opened_at + ROOM.socket.firstMessageMs - this.#runtime.now());
    this.#deadlines.set(id, left, () => {
      if (signalAttachment(socket)?.stage === 'new') close(socket, CLOSE.authTimeout, 'no join or resume');
    });
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

/** Closed from either side, perhaps while a token was being signed. */
function isGone(socket: WebSocket): boolean {
  return !isOpen(socket) || signalAttachment(socket)?.stage === 'done';
}
