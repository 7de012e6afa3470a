import { DurableObject } from 'cloudflare:workers';
import {
  type ChatMessage,
  CLOSE,
  type MediaPlaces,
  type MeetingPlacement,
  type MeetingState,
  MeridianError,
  NodeId,
  ParticipantId,
  RegionId,
  type SendChatRequest,
  SessionId,
} from '@meridian/protocol';
import { signTicket } from '../auth/tokens.ts';
import type { RoomEnv } from '../env.ts';
import { accepted, type Result, refused } from '../result.ts';
import { type Admission, admit, nodeToJoin } from './admission.ts';
import { Admitter } from './admitter.ts';
import { sendChat } from './chat.ts';
import {
  type Caller,
  type MeetingRecord,
  type MeetingRoomApi,
  type PlacementViewer,
  ROOM_HEADERS,
  type RoomActor,
  type RoomCommand,
  type RoomJoinRequest,
  type RoomJoinResult,
} from './contract.ts';
import { depart } from './departure.ts';
import { leaveDoor } from './door.ts';
import { Entrance } from './entrance.ts';
import { Evidence } from './evidence.ts';
import { finishIfDrained, recordSession, setOutboxTimer } from './lifecycle.ts';
import { mediaPlaces } from './media-access.ts';
import { adoptRecord } from './meeting-settings.ts';
import { meetingState } from './meeting-state.ts';
import { Mover } from './mover.ts';
import { loseNode } from './node-loss.ts';
import { placementFor } from './placement-view.ts';
import { actorOf, memberOf, Requests } from './requests.ts';
import { Reserver } from './reserver.ts';
import { Restarts } from './restarts.ts';
import { RoomLinks } from './room-links.ts';
import { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { SignalingSockets } from './signaling-sockets.ts';
import { close, readAttachment } from './sockets.ts';
import { StandbyKeeper } from './standby-keeper.ts';
import { TimerWork } from './timer-work.ts';

/**
 * One meeting: the live truth about its people. Named by the meeting's id, it runs one session of it at a time.
 * Everything comes in here and is passed to the part that knows.
 */
export class MeetingRoom extends DurableObject<RoomEnv> implements MeetingRoomApi {
  readonly #runtime: Runtime;
  readonly #links: RoomLinks;
  readonly #reserver: Reserver;
  readonly #standbys: StandbyKeeper;
  readonly #admitter: Admitter;
  readonly #requests: Requests;
  readonly #sockets: SignalingSockets;
  readonly #timerWork: TimerWork;

  constructor(ctx: DurableObjectState, env: RoomEnv) {
    super(ctx, env);
    const runtime = new Runtime(ctx, env);
    const reserver = new Reserver(runtime);
    const restarts = new Restarts(runtime, reserver);
    const evidence = new Evidence(runtime, restarts);
    const links = new RoomLinks(runtime, evidence, restarts);
    const mover = new Mover(runtime, reserver, evidence);
    const standbys = new StandbyKeeper(runtime, reserver);
    this.#admitter = new Admitter(runtime, reserver, (id) => this.#sockets.letIn(id));
    this.#requests = new Requests(runtime, this.#admitter, mover);
    this.#sockets = new SignalingSockets(runtime, new Entrance(runtime), this.#requests);
    this.#timerWork = new TimerWork(runtime, {
      closeLinks: () => links.closeAll(),
      closeIfSilent: (participantId) => this.#sockets.closeSilent(participantId),
      admitFree: () => this.#attendDoor(),
      drainOne: (nodeId) => mover.drainOne(nodeId),
      bringHome: (participantId) => mover.bringHome(participantId),
      askVerdict: (nodeId) => evidence.askAgain(nodeId),
      seeToUnheard: (nodeId) => evidence.seeToUnheard(nodeId),
      seekStandby: () => standbys.seek(),
    });
    this.#standbys = standbys;
    this.#runtime = runtime;
    this.#links = links;
    this.#reserver = reserver;
    runtime.onDoorChanged = () => this.#attendDoor();
    ctx.blockConcurrencyWhile(async () => {
      this.#sockets.restore();
      this.#links.restore();
    });
  }

  async join(request: RoomJoinRequest): Promise<Result<RoomJoinResult>> {
    return this.#attempt('join', async () => {
      const better = () => this.#runtime.transact((op) => nodeToJoin(op, request));
      const { result } = await this.#reserver.settle(request, better, async (asked) => {
        const admission = this.#runtime.transact((op) => admit(op, request, asked));
        try {
          const result = await this.#joinResult(admission, request);
          return { result, node_id: 'choice' in admission ? admission.choice.node.node_id : null };
        } catch (error) {
          this.#withdraw(admission);
          throw error;
        }
      });
      return result;
    });
  }

  async leave(caller: Caller): Promise<Result<null>> {
    return this.#attempt('leave', async () => {
      this.#runtime.transact((op) => {
        const member = op.state.roster.find(caller);
        const waiter = op.state.waiters.find(caller);
        // Gone already is what was asked for.
        if (member) depart(op, member, 'left');
        if (waiter) leaveDoor(op, waiter, 'left');
      });
      return null;
    });
  }

  async command(actor: RoomActor, command: RoomCommand, traceId?: string): Promise<Result<null>> {
    return this.#attempt(command.type, async () => {
      if (actor.kind === 'participant') this.#sockets.requireCalm(actor.caller);
      if (actor.kind === 'owner' && command.type === 'end' && this.#closeEmptied()) return null;
      this.#requireRunning();
      await this.#requests.command(actor, command, traceId);
      return null;
    });
  }

  async chat(caller: Caller, request: SendChatRequest): Promise<Result<ChatMessage>> {
    return this.#attempt('chat', async () => {
      this.#sockets.requireCalm(caller);
      this.#requireRunning();
      return this.#runtime.transact((op) => sendChat(op, memberOf(op, caller), request));
    });
  }

  async state(actor: RoomActor): Promise<Result<MeetingState>> {
    return this.#attempt('state', async () => {
      const session = this.#requireRunning();
      const { state } = this.#runtime;
      return meetingState(state, session, actorOf({ state }, actor));
    });
  }

  async sfu(caller: Caller): Promise<Result<MediaPlaces>> {
    return this.#attempt('sfu', async () => {
      this.#sockets.requireCalm(caller);
      this.#requireRunning();
      return mediaPlaces(this.#runtime, caller);
    });
  }

  async placement(viewer: PlacementViewer): Promise<Result<MeetingPlacement>> {
    return this.#attempt('placement', async () => placementFor(this.#runtime.state, viewer));
  }

  async nodeRevoked(nodeId: string): Promise<void> {
    if (this.#runtime.state.session.active) this.#runtime.transact((op) => loseNode(op, nodeId));
    this.#links.shutOut(nodeId);
  }

  async recordChanged(meeting: MeetingRecord): Promise<void> {
    if (!this.#runtime.state.session.active) return;
    this.#runtime.transact((op) => adoptRecord(op, meeting));
  }

  async confirmOutbox(meetingSessionId: string, upToSeq: number): Promise<void> {
    // Everything was given up long ago.
    if (!this.#runtime.state.session.current) return;
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
      await this.#runtime.inAlarm(async () => {
        await this.#timerWork.runDue();
        if (this.#runtime.takeRound()) this.#lookRound();
      });
    } catch (error) {
      this.#runtime.log('error', 'the alarm failed', { error });
    }
  }

  /** What no event tells of. */
  #lookRound(): void {
    this.#sockets.closeSilent();
    this.#sockets.noticeLosses();
    this.#links.renewGrants();
    this.ctx.waitUntil(this.#standbys.seek());
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

  async #joinResult(admission: Admission, { role, trace_id }: RoomJoinRequest): Promise<RoomJoinResult> {
    const { participant_id, session_id } = 'member' in admission ? admission.member : admission.waiter;
    const { meeting } = this.#requireRunning();
    const claims = { sub: participant_id, sid: session_id, meeting: meeting.id, role };
    const entry = { participant_id, role };
    const traced = trace_id === undefined ? {} : { trace_id };
    if ('waiter' in admission) {
      const ticket = await signTicket(this.env, claims, this.#runtime.now());
      const { told: reason } = admission.waiter;
      this.#runtime.log('info', 'waits', { ...traced, participant_id, reason });
      const server_time = this.#runtime.now();
      return { ...entry, status: 'waiting', title: meeting.title, reason, ticket, server_time };
    }
    const { choice, member } = admission;
    this.#runtime.log('info', 'admitted', {
      ...traced,
      participant_id,
      node_id: choice.node.node_id,
      placement: choice.reason,
    });
    const [ticket, places] = await Promise.all([
      signTicket(this.env, claims, this.#runtime.now()),
      mediaPlaces(this.#runtime, member),
    ]);
    const session = this.#requireRunning();
    return {
      ...entry,
      status: 'admitted',
      ticket,
      meeting_settings: session.meeting.settings,
      meeting_state: meetingState(this.#runtime.state, session, member),
      ...places,
      server_time: this.#runtime.now(),
    };
  }

  /** A join that could not be completed leaves nobody behind. */
  #withdraw(admission: Admission): void {
    try {
      this.#runtime.transact((op) => {
        if (!op.state.session.active) return;
        const member = 'member' in admission && op.state.roster.find(admission.member);
        const waiter = 'waiter' in admission && op.state.waiters.find(admission.waiter);
        if (member) depart(op, member, 'timeout');
        if (waiter) leaveDoor(op, waiter, 'timeout');
      });
    } catch (error) {
      this.#runtime.log('error', 'a failed join could not be undone', { error });
    }
  }

  /** Lets in whom nothing keeps, and tells the others why they wait. Comes again by a timer, should this be cut off. */
  #attendDoor(): void {
    const work = async () => {
      await this.#admitter.admitFree();
      await this.#sockets.tellWaiting();
    };
    this.ctx.waitUntil(
      work().catch((error) => this.#runtime.log('error', 'the door was not attended', { error })),
    );
  }

  /** Everybody had merely left, and the meeting could have been held again; now it is over. */
  #closeEmptied(): boolean {
    const { session } = this.#runtime.state;
    if (!session.current || session.active) return false;
    this.#runtime.transact((op) => {
      op.state.session.update({ ended_by_host: true });
      recordSession(op);
    });
    return true;
  }

  /** The running session; `not_found` where there is none. */
  #requireRunning(): Session {
    const { active } = this.#runtime.state.session;
    if (active) return active;
    throw new MeridianError('not_found', 'the meeting is not running');
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<Result<T>> {
    try {
      return accepted(await work());
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
