import { MeridianError, type Ref } from '@meridian/protocol';
import type { RoomEnv } from '../env.ts';
import { type LogFields, log } from '../log.ts';
import { ROOM } from './config.ts';
import { Database } from './database.ts';
import { Deadlines } from './deadlines.ts';
import { FanOut } from './fan-out.ts';
import type { MeshNode } from './mesh-store.ts';
import { Operation } from './operation.ts';
import { RoomState } from './room-state.ts';
import type { Session } from './session.ts';
import { close, send, TAG } from './sockets.ts';

/** What the parts of the room share: state, transactions, the way out to the participants, the alarm. */
export class Runtime {
  readonly ctx: DurableObjectState;
  readonly env: RoomEnv;
  readonly fanOut = new FanOut();
  /** Of the signaling sockets. */
  readonly deadlines = new Deadlines();
  /** Called after a transaction that changed what the nodes have to bring about. */
  onDesiredChanged: () => void = () => {};
  /** Called after a transaction that changed who waits at the door, or for what. */
  onDoorChanged: () => void = () => {};
  /** Called after a transaction that left somebody without the standby they are to have. */
  onStandbySought: () => void = () => {};
  /** Called after a transaction that gave these participants another standby, or none. */
  onStandbysChanged: (toTell: ReadonlyMap<string, Ref | undefined>) => void = () => {};
  /** Whether a node has a link to this room, or has not been without one for long. */
  isHeard: (entry: MeshNode, now: number) => boolean = () => true;
  /** Whether a node was thrown out of the fleet a moment ago: places it had given are void. */
  isShutOut: (nodeId: string) => boolean = () => false;
  readonly #db: Database;
  #state: RoomState | null = null;
  /** When the alarm is set for; undefined while that is not known. */
  #armed: number | null | undefined;
  #alarmRunning = false;
  #round: number | null = null;
  #deleted = false;

  constructor(ctx: DurableObjectState, env: RoomEnv) {
    this.ctx = ctx;
    this.env = env;
    this.#db = new Database(ctx.storage);
  }

  /** Read from SQLite at the first use, and again after a failed transaction or a deletion. */
  get state(): RoomState {
    if (!this.#state) {
      this.#db.open();
      this.#deleted = false;
      this.#state = new RoomState(this.#db);
    }
    return this.#state;
  }

  /** Right after a deletion, until somebody comes. */
  get isDeleted(): boolean {
    return this.#deleted;
  }

  /** All signaling sockets of a participant, closing ones too. */
  socketsOf(participantId: string): WebSocket[] {
    return this.ctx.getWebSockets(TAG.participant(participantId));
  }

  now(): number {
    return Date.now();
  }

  /** Changes the room. All of it is durable before anything of it is sent; a throw undoes everything. */
  transact<T>(work: (op: Operation) => T): T {
    const { state } = this;
    const writesBefore = this.#db.writes;
    const op = new Operation(state, this.now(), () => crypto.randomUUID(), this.isHeard);
    let result: T;
    try {
      result = this.ctx.storage.transactionSync(() => {
        const value = work(op);
        op.finish();
        return value;
      });
    } catch (error) {
      // SQLite has rolled back; the picture in memory has not. A refusal comes before the first change.
      const untouched = this.#db.writes === writesBefore && !state.session.isDirty;
      if (!untouched || !(error instanceof MeridianError)) this.#state = null;
      throw error;
    }
    this.#arm();
    this.#carryOut(op);
    return result;
  }

  /** Runs the work of the alarm, and sets the next one once. */
  async inAlarm(work: () => Promise<void>): Promise<void> {
    this.#armed = null;
    this.#alarmRunning = true;
    try {
      await work();
    } finally {
      this.#alarmRunning = false;
      if (!this.#deleted) this.#arm();
    }
  }

  /** Whether a round is due, by an alarm that rings; also after a wake, when nobody knows about the last one. */
  takeRound(): boolean {
    const session = this.#deleted ? null : this.state.session.active;
    if (!session) return false;
    const round = roundOf(session, this.now(), ROOM.session.roundMs);
    if (round === this.#round) return false;
    this.#round = round;
    return true;
  }

  /** Deletes everything. The next visitor finds a new room. */
  async deleteAll(): Promise<void> {
    this.#state = null;
    this.#armed = null;
    this.#deleted = true;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  log(level: Parameters<typeof log>[0], message: string, fields: LogFields = {}): void {
    const meetingId = this.#state?.session.current?.meeting.id ?? this.ctx.id.name;
    log(level, message, { ...(meetingId === undefined ? {} : { meeting_id: meetingId }), ...fields });
  }

  #carryOut(op: Operation): void {
    for (const farewell of op.farewells) if (!farewell.hears) this.#sayFarewell(farewell);
    this.fanOut.deliver(op.emissions);
    for (const frame of op.broadcasts) this.fanOut.broadcast(frame);
    for (const { participant_id, frame } of op.replies) this.fanOut.reply(participant_id, frame);
    for (const farewell of op.farewells) if (farewell.hears) this.#sayFarewell(farewell);
    if (op.desiredChanged) this.onDesiredChanged();
    if (op.doorChanged) this.onDoorChanged();
    if (op.standbysToTell.size > 0) this.onStandbysChanged(op.standbysToTell);
    if (op.standbySought) this.onStandbySought();
  }

  #sayFarewell({ participant_id, code, reason, frame }: Operation['farewells'][number]): void {
    this.fanOut.forget(participant_id);
    for (const socket of this.socketsOf(participant_id)) {
      if (frame !== undefined) send(socket, frame);
      close(socket, code, reason);
    }
  }

  #arm(): void {
    if (this.#alarmRunning) return;
    const now = this.now();
    // One that is due rings any moment, and is followed by the next.
    if (typeof this.#armed === 'number' && this.#armed <= now) return;
    const due = earliest(this.state.timers.next(), this.#nextRound(now));
    if (due === this.#armed) return;
    this.#armed = due;
    // Not awaited: without an await in between, it becomes durable together with the rows.
    const set = due === null ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(due);
    this.ctx.waitUntil(
      set.catch((error) => {
        this.#armed = undefined;
        this.log('error', 'the alarm could not be set', { error });
      }),
    );
  }

  /** Rounds follow from when the session started, so that no row has to be kept for them. */
  #nextRound(now: number): number | null {
    const { active } = this.state.session;
    const { roundMs } = ROOM.session;
    return active && active.started_at + (roundOf(active, now, roundMs) + 1) * roundMs;
  }
}

function roundOf({ started_at }: Session, now: number, length: number): number {
  return Math.max(0, Math.floor((now - started_at) / length));
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
