import {
  type CloseCode,
  encode,
  MeridianError,
  type PlacementDecision,
  type Ref,
  type signaling,
} from '@meridian/protocol';
import type { OutboxRecord } from '../queue/contract.ts';
import { ROOM } from './config.ts';
import type { EventBody, LoggedEvent } from './event-log.ts';
import type { MeshNode } from './mesh-store.ts';
import type { RoomState } from './room-state.ts';
import type { Member } from './roster.ts';
import type { Session } from './session.ts';

/** Marks one recipient's copy of an event as the answer to their request. */
export type Answer = { participant_id: string; ref?: Ref | undefined };

export type Emission = LoggedEvent & { answer?: Answer; burst?: boolean };

/** A participant whose socket is closed. */
export type Farewell = {
  participant_id: string;
  code: CloseCode;
  reason: string;
  /** Whether the events of the same operation are still for them. */
  hears: boolean;
  /** Last frame before the close. */
  frame?: string;
};

type EmitOptions = {
  /** Makes it private, to these. */
  audience?: readonly string[];
  /** One of many of the same moment: may wait a little, to share a frame with them. */
  burst?: boolean;
  sender_id?: string;
  client_id?: string;
  answer?: Answer;
};

/**
 * One change of the room: it runs inside a transaction, changes the state and notes what is to be sent. The room
 * sends it once the transaction is through.
 *
 * A refusal is thrown as MeridianError, before anything was changed.
 */
export class Operation {
  readonly state: RoomState;
  readonly now: number;
  readonly newId: () => string;
  /** Whether a node has a link, or has not been without one for long. */
  readonly isHeard: (entry: MeshNode) => boolean;
  readonly emissions: Emission[] = [];
  readonly farewells: Farewell[] = [];
  /** Frames for one participant alone, after the events. */
  readonly replies: { participant_id: string; frame: string }[] = [];
  /** Frames for everybody in the roster that are neither ordered nor repeated. */
  readonly broadcasts: string[] = [];
  /** Participants who are told their standby, with the `ref` of a request for it. */
  readonly standbysToTell = new Map<string, Ref | undefined>();
  readonly #decisions = new Map<string, PlacementDecision>();
  #standbySought = false;
  #desiredChanged = false;
  #doorChanged = false;
  #recorded = false;

  constructor(
    state: RoomState,
    now: number,
    newId: () => string,
    isHeard: (entry: MeshNode, now: number) => boolean,
  ) {
    this.state = state;
    this.now = now;
    this.newId = newId;
    this.isHeard = (entry) => isHeard(entry, now);
  }

  /** The running session. Refuses when there is none. */
  get session(): Session {
    const session = this.state.session.active;
    if (!session) throw new MeridianError('meeting_ended', 'the meeting is not running');
    return session;
  }

  get desiredChanged(): boolean {
    return this.#desiredChanged;
  }

  get standbySought(): boolean {
    return this.#standbySought;
  }

  get doorChanged(): boolean {
    return this.#doorChanged;
  }

  /** Appends an event to the log and has it sent. Returns its seq. */
  emit(body: EventBody, options: EmitOptions = {}): number {
    const current = this.state.session.current;
    if (!current) throw new Error('an event needs a session');
    const seq = current.seq + 1;
    const { answer, burst } = options;
    const audience = options.audience ?? null;
    this.state.session.update({ seq, last_public_seq: audience ? current.last_public_seq : seq });
    const event: LoggedEvent = {
      seq,
      body,
      audience,
      sender_id: options.sender_id ?? null,
      client_id: options.client_id ?? null,
    };
    this.state.events.append(event, this.now);
    this.emissions.push({ ...event, ...(answer ? { answer } : {}), ...(burst ? { burst } : {}) });
    return seq;
  }

  /** Sends a row to Postgres by way of the outbox. */
  record(record: OutboxRecord): void {
    const current = this.state.session.current;
    if (!current) throw new Error('an outbox row needs a session');
    const seq = current.outbox_seq + 1;
    this.state.session.update({ outbox_seq: seq });
    this.state.outbox.append(
      { meeting_id: current.meeting.id, meeting_session_id: current.meeting_session_id, seq },
      record,
    );
    this.#recorded = true;
  }

  dismiss(farewell: Farewell): void {
    this.farewells.push(farewell);
  }

  reply(participantId: string, frame: string): void {
    this.replies.push({ participant_id: participantId, frame });
  }

  broadcast(frame: string): void {
    this.broadcasts.push(frame);
  }

  /** Answers a request whose effect is no event for the one who made it. */
  done(answer: Answer | undefined): void {
    if (answer?.ref !== undefined) this.reply(answer.participant_id, doneFrame(answer.ref));
  }

  /** The nodes have to be told. */
  changeDesired(): void {
    this.#desiredChanged = true;
  }

  /** Somebody is to have a standby and has none: the fleet is asked for one. */
  seekStandby(): void {
    this.#standbySought = true;
  }

  /** That somebody still has none is known: the fleet is being asked. */
  standbyBeingSought(): void {
    this.#standbySought = false;
  }

  /** Who is in the meeting hears of their standby; who is on the way there hears with `joined`. */
  tellStandby({ participant_id, stage }: Member, ref?: Ref): void {
    if (stage !== 'joined') return;
    this.standbysToTell.set(participant_id, ref ?? this.standbysToTell.get(participant_id));
  }

  /** Notes why somebody is where they are. The same for many at once is one decision. */
  decide(decision: Omit<PlacementDecision, 'at'>): void {
    const { purpose, node_id, from_node_id, reason } = decision;
    const key = JSON.stringify([purpose, node_id, from_node_id, reason]);
    const same = this.#decisions.get(key);
    if (same) same.participants.push(...decision.participants);
    else this.#decisions.set(key, { at: this.now, ...decision });
  }

  /** Somebody at the door may come in now, or has to be told something else. */
  changeDoor(): void {
    this.#doorChanged = true;
  }

  /** The last step inside the transaction. */
  finish(): void {
    const { session, outbox, timers, placements } = this.state;
    for (const decision of this.#decisions.values()) placements.append(decision);
    // In case this instance is gone before it has found one.
    if (this.#standbySought) timers.setAtLatest('standby', this.now + ROOM.standby.retryMs);
    if (this.#desiredChanged && session.current) {
      session.update({ desired_version: session.current.desired_version + 1 });
    }
    session.save();
    if (!this.#recorded) return;
    const next = outbox.next(this.now) ?? this.now;
    timers.setAtLatest('outbox', Math.max(next, this.now + ROOM.outbox.flushAfterMs));
  }
}

export function doneFrame(ref: Ref | undefined): string {
  return encode<signaling.RoomToClient>({ type: 'done', ref });
}
