import { DurableObject } from 'cloudflare:workers';
import { CLOSE, MeridianError, NodeId, ParticipantId, RegionId, SessionId } from '@meridian/protocol';
import { signTicket } from '../auth/tokens.ts';
import type { RoomEnv } from '../env.ts';
import { accepted, type Result, refused } from '../result.ts';
import { within } from '../timeout.ts';
import { admit } from './admission.ts';
import { ROOM } from './config.ts';
import {
  type Caller,
  type MeetingRoomApi,
  ROOM_HEADERS,
  type RoomJoinRequest,
  type RoomJoinResult,
} from './contract.ts';
import { endSession, finishIfDrained, recordSession } from './lifecycle.ts';
import { absence, mediaAccess } from './media-access.ts';
import { meetingState } from './meeting-state.ts';
import { may } from './permissions.ts';
import { depart } from './presence.ts';
import { RoomLinks } from './room-links.ts';
import type { Member } from './roster.ts';
import { Runtime } from './runtime.ts';
import { SignalingSockets } from './signaling-sockets.ts';
import { close, readAttachment } from './sockets.ts';
import { setOutboxTimer, TimerWork } from './timer-work.ts';

/**
 * One meeting: the live truth about its people. Named by the meeting's id, it runs one session of it at a time.
 * Everything comes in here and is passed to the part that knows.
 */
export class MeetingRoom extends DurableObject<RoomEnv> implements MeetingRoomApi {
  readonly #runtime: Runtime;
  readonly #sockets: SignalingSockets;
  readonly #links: RoomLinks;
  readonly #timerWork: TimerWork;

  constructor(ctx: DurableObjectState, env: RoomEnv) {
    super(ctx, env);
    this.#runtime = new Runtime(ctx, env);
    this.#sockets = new SignalingSockets(this.#runtime);
    this.#links = new RoomLinks(this.#runtime);
    this.#timerWork = new TimerWork(this.#runtime, this.#sockets, this.#links);
    ctx.blockConcurrencyWhile(async () => {
      this.#sockets.restore();
      this.#links.restore();
    });
  }

  async join(request: RoomJoinRequest): Promise<Result<RoomJoinResult>> {
    let member: Member | undefined;
    let keepReservation = false;
    try {
      const admitted = this.#runtime.transact((op) =>
        admit(op, request, (now) => this.#links.candidates(now)),
      );
      const { choice } = admitted;
      member = admitted.member;
      keepReservation = choice.keepReservation;
      this.#runtime.log('info', 'admitted', {
        participant_id: member.participant_id,
        node_id: choice.node.node_id,
        placement: choice.reason,
      });
      return accepted(await this.#joinResult(member));
    } catch (error) {
      keepReservation = false;
      if (member) this.#withdraw(member);
      return this.#refusal(error, 'join');
    } finally {
      if (!keepReservation) this.#release(request);
    }
  }

  async leave(caller: Caller): Promise<Result<null>> {
    return this.#attempt('leave', () =>
      this.#runtime.transact((op) => {
        const member = op.state.roster.find(caller);
        // Gone already is what was asked for.
        if (member) depart(op, member, 'left');
      }),
    );
  }

  async end(caller: Caller | null): Promise<Result<null>> {
    return this.#attempt('end', () =>
      this.#runtime.transact((op) => {
        const { session, roster } = op.state;
        const member = caller ? roster.find(caller) : undefined;
        if (caller && session.active) {
          if (!member) throw absence(op.state, caller).error;
          if (!may(member.role, { kind: 'end' }, session.active.meeting.settings)) {
            throw new MeridianError('forbidden', 'only a host may end the meeting');
          }
        }
        if (session.active) endSession(op, member ?? null, { byHost: true });
        // It had merely emptied; now it is over.
        else if (!caller && session.current) {
          session.update({ ended_by_host: true });
          recordSession(op);
        }
      }),
    );
  }

  async confirmOutbox(meetingSessionId: string, upToSeq: number): Promise<void> {
    this.#runtime.transact((op) => {
      op.state.outbox.confirm(meetingSessionId, upToSeq);
      finishIfDrained(op);
      setOutboxTimer(op);
    });
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('expected a WebSocket', { status: 426, headers: { Upgrade: 'websocket' } });
    }
    const header = (name: keyof typeof ROOM_HEADERS) => request.headers.get(ROOM_HEADERS[name]);
    switch (new URL(request.url).pathname) {
      case '/signal': {
        const participant = ParticipantId.safeParse(header('participantId'));
        const session = SessionId.safeParse(header('sessionId'));
        if (!participant.success || !session.success) return UNPROVEN();
        return this.#sockets.accept({ participant_id: participant.data, session_id: session.data });
      }
      case '/room-link': {
        const node = NodeId.safeParse(header('nodeId'));
        const region = RegionId.safeParse(header('region'));
        if (!node.success || !region.success) return UNPROVEN();
        return this.#links.accept(node.data, region.data);
      }
      default:
        return new Response(null, { status: 404 });
    }
  }

  override async webSocketMessage(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    switch (readAttachment(socket)?.kind) {
      case 'signal':
        return this.#sockets.message(socket, frame);
      case 'node':
        this.#guard('a message of a node', () => this.#links.message(socket, frame));
    }
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#closed(socket);
    // Completes the closing handshake (RFC 6455 §7.1.2); until then the other end waits.
    close(socket, CLOSE.normal, '');
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#closed(socket);
  }

  override async alarm(): Promise<void> {
    try {
      await this.#runtime.inAlarm(() => this.#timerWork.runDue());
    } catch (error) {
      this.#runtime.log('error', 'the alarm failed', { error });
    }
  }

  #closed(socket: WebSocket): void {
    this.#guard('a closed socket', () => {
      this.#sockets.closed(socket);
      this.#links.closed(socket);
    });
  }

  /** For what nobody waits for the answer of. */
  #guard(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#runtime.log('error', `${what} could not be handled`, { error });
    }
  }

  async #joinResult(member: Member): Promise<RoomJoinResult> {
    const { participant_id, session_id, role } = member;
    const { meeting } = this.#session();
    const claims = { sub: participant_id, sid: session_id, meeting: meeting.id, role };
    const [ticket, sfu] = await Promise.all([
      signTicket(this.env, claims, this.#runtime.now()),
      mediaAccess(this.#runtime, member),
    ]);
    const session = this.#session();
    return {
      status: 'admitted',
      participant_id,
      role,
      ticket,
      meeting_settings: session.meeting.settings,
      meeting_state: meetingState(this.#runtime.state, session, participant_id),
      sfu,
      standby: null,
      server_time: this.#runtime.now(),
    };
  }

  #session() {
    const session = this.#runtime.state.session.active;
    if (!session) throw new MeridianError('meeting_ended', 'the meeting has ended');
    return session;
  }

  /** A join that could not be completed leaves nobody behind. */
  #withdraw(member: Member): void {
    try {
      this.#runtime.transact((op) => {
        const found = op.state.roster.find(member);
        if (found && op.state.session.active) depart(op, found, 'timeout');
      });
    } catch (error) {
      this.#runtime.log('error', 'a failed join could not be undone', { error });
    }
  }

  /** Gives the place at the cell back. It lapses by itself too, so nobody waits for this. */
  #release({ reservation }: RoomJoinRequest): void {
    const cell = this.env.CELLS.get(this.env.CELLS.idFromName(reservation.cell));
    this.ctx.waitUntil(
      within(cell.release(reservation.reservation_id), ROOM.cell.releaseTimeoutMs, 'the cell').catch(
        (error) => this.#runtime.log('warn', 'a reservation could not be released', { error }),
      ),
    );
  }

  async #attempt(what: string, work: () => void): Promise<Result<null>> {
    try {
      work();
      return accepted(null);
    } catch (error) {
      return this.#refusal(error, what);
    }
  }

  #refusal(error: unknown, what: string): Result<never> {
    if (error instanceof MeridianError) return refused(error.code, error.message, error.retryAfterMs);
    this.#runtime.log('error', `${what} failed`, { error });
    return refused('internal', 'something went wrong');
  }
}

/** The edge Worker sets these headers after checking a token; without them nobody gets in. */
const UNPROVEN = () => new Response(null, { status: 401 });
