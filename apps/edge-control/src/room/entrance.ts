import {
  CLOSE,
  encode,
  type MediaPlaces,
  type MeetingState,
  MeridianError,
  type Ref,
  type signaling,
} from '@meridian/protocol';
import type { z } from 'zod';
import type { Caller } from './contract.ts';
import { arriveAtDoor, inform, returnToDoor } from './door.ts';
import { missedFrame } from './fan-out.ts';
import { absence, isCurrent, mediaPlaces } from './media-access.ts';
import { meetingState } from './meeting-state.ts';
import { comeBack, enter } from './presence.ts';
import { welcomeModerator } from './roles.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';
import { hashSecret, newSecret, sameHash } from './secrets.ts';
import { close, isOpen, type SignalAttachment, send, signalAttachment } from './sockets.ts';
import type { Waiter } from './waiters.ts';

/** How a socket becomes a participant's, or that of somebody at the door. */
export class Entrance {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async join(
    socket: WebSocket,
    attachment: SignalAttachment,
    { media, ref }: z.infer<typeof signaling.Join>,
  ): Promise<void> {
    const waiter = this.#runtime.state.waiters.find(attachment);
    if (!waiter) return this.enter(socket, attachment, media, ref);
    const { secret, hash } = await freshSecret();
    await this.#keepWaiting(socket, attachment, secret, ref, (op) => {
      const found = op.state.waiters.find(attachment);
      return found && arriveAtDoor(op, found, media, hash);
    });
  }

  async resume(
    socket: WebSocket,
    attachment: SignalAttachment,
    message: z.infer<typeof signaling.Resume>,
  ): Promise<void> {
    const { state } = this.#runtime;
    if (message.session_id !== attachment.session_id) throw new MeridianError('session_expired', 'join anew');
    const [used, fresh] = await Promise.all([hashSecret(message.session_secret), freshSecret()]);
    const hashes = { used, next: fresh.hash };
    if (state.waiters.find(attachment)) {
      return this.#keepWaiting(socket, attachment, fresh.secret, message.ref, (op) => {
        const waiter = op.state.waiters.find(attachment);
        return waiter && proven(waiter, used) ? returnToDoor(op, waiter, hashes) : undefined;
      });
    }
    const entry = state.roster.find(attachment)?.entry;
    if (entry) {
      // Let in while they were away from the door.
      const { roster } = this.#runtime.state;
      if (!proven(roster.find(attachment), used)) throw absence(state, attachment).error;
      return this.enter(socket, attachment, entry, message.ref);
    }
    await this.#catchUp(socket, attachment, message, { ...hashes, secret: fresh.secret });
  }

  /** Somebody at the door was given a place: they come in on the socket they wait with. */
  letIn(socket: WebSocket, attachment: SignalAttachment): Promise<void> {
    const entry = this.#runtime.state.roster.find(attachment)?.entry;
    if (!entry) throw absence(this.#runtime.state, attachment).error;
    return this.enter(socket, attachment, entry, undefined);
  }

  /** Tells somebody who waits that it is for another reason now. */
  async tellWaiting(socket: WebSocket, attachment: SignalAttachment): Promise<void> {
    const { secret, hash } = await freshSecret();
    await this.#keepWaiting(socket, attachment, secret, undefined, (op) => {
      const waiter = op.state.waiters.find(attachment);
      return waiter && inform(op, waiter, hash);
    });
  }

  async enter(
    socket: WebSocket,
    attachment: SignalAttachment,
    media: { audio: boolean; video: boolean },
    ref: Ref | undefined,
  ): Promise<void> {
    const runtime = this.#runtime;
    const { secret, hash } = await freshSecret();
    const places = await this.#places(attachment);
    if (isGone(socket)) return;
    const { again, seq } = runtime.transact((op) => {
      const member = op.state.roster.find(attachment);
      if (!member) throw absence(op.state, attachment).error;
      const entered = enter(op, member, media, hash);
      if (member.stage === 'admitted') welcomeModerator(op, entered);
      return { again: member.stage === 'joined', seq: entered.since_seq };
    });
    runtime.log('info', 'joined', { participant_id: attachment.participant_id, node_id: places.sfu.node_id });
    this.#attach(socket, attachment, seq);
    this.#sendJoined(socket, attachment, { ref, seq, secret, places, state: true, reset: again });
  }

  async #catchUp(
    socket: WebSocket,
    attachment: SignalAttachment,
    message: z.infer<typeof signaling.Resume>,
    { used, next, secret }: { used: string; next: string; secret: string },
  ): Promise<void> {
    const runtime = this.#runtime;
    const places = await this.#places(attachment);
    if (isGone(socket)) return;
    const member = runtime.transact((op) => {
      const found = op.state.roster.find(attachment);
      if (found?.stage !== 'joined' || !proven(found, used)) throw absence(op.state, attachment).error;
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
      this.#sendJoined(socket, attachment, {
        ref: message.ref,
        seq,
        secret,
        places,
        state: true,
        reset: true,
      });
      return;
    }
    this.#attach(socket, attachment, missed.at(-1)?.seq ?? message.last_seq);
    // The client's own state is complete up to its last event; from there the missed ones lead on.
    const from = { ref: message.ref, seq: message.last_seq, secret, places, state: false, reset: false };
    this.#sendJoined(socket, attachment, from);
    if (missed.length > 0) send(socket, missedFrame(participant_id, missed, message.last_seq));
  }

  /** As they are when it returns: those on the way here are told of a change by nobody else. */
  async #places(caller: Caller): Promise<MediaPlaces> {
    for (;;) {
      const places = await mediaPlaces(this.#runtime, caller);
      if (isCurrent(this.#runtime.state, caller, places)) return places;
    }
  }

  /** Their socket is that of somebody who waits from now on; one they had before is closed. */
  async #keepWaiting(
    socket: WebSocket,
    attachment: SignalAttachment,
    secret: string,
    ref: Ref | undefined,
    change: (op: Parameters<Parameters<Runtime['transact']>[0]>[0]) => Waiter | undefined,
  ): Promise<void> {
    if (isGone(socket)) return;
    const runtime = this.#runtime;
    const { told } = runtime.transact((op) => {
      const waiter = change(op);
      if (!waiter) throw absence(op.state, attachment).error;
      return waiter;
    });
    for (const older of runtime.socketsOf(attachment.participant_id)) {
      if (older !== socket && signalAttachment(older)?.stage === 'waiting') {
        close(older, CLOSE.replaced, 'replaced');
      }
    }
    runtime.deadlines.clear(attachment.id);
    socket.serializeAttachment({ ...attachment, stage: 'waiting' } satisfies SignalAttachment);
    send(
      socket,
      encode<signaling.Waiting>({
        type: 'waiting',
        ref,
        title: this.#session().meeting.title,
        reason: told,
        session_id: attachment.session_id,
        session_secret: secret,
        server_time: runtime.now(),
      }),
    );
  }

  /** This socket is the participant's now; the one before is closed. */
  #attach(socket: WebSocket, attachment: SignalAttachment, last: number): void {
    socket.serializeAttachment({ ...attachment, stage: 'joined', baseline: last } satisfies SignalAttachment);
    const { participant_id, id } = attachment;
    this.#runtime.deadlines.clear(id);
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
      places: MediaPlaces;
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
      ...answer.places,
      delivery: 'webrtc',
      ...(answer.state ? { state: this.#stateFor(participant_id) } : {}),
      ...(answer.reset ? { reset: true } : {}),
    };
    send(socket, encode<signaling.Joined>(joined));
  }

  #stateFor(participantId: string): MeetingState {
    const { state } = this.#runtime;
    const role = state.roster.get(participantId)?.role ?? 'participant';
    return meetingState(state, this.#session(), { participant_id: participantId, role });
  }

  #session() {
    const session = this.#runtime.state.session.active;
    if (!session) throw new MeridianError('meeting_ended', 'the meeting has ended');
    return session;
  }
}

async function freshSecret(): Promise<{ secret: string; hash: string }> {
  const secret = newSecret();
  return { secret, hash: await hashSecret(secret) };
}

function proven(holder: Pick<Member, 'secret_hash' | 'next_secret_hash'> | undefined, hash: string): boolean {
  return (
    holder !== undefined && [holder.secret_hash, holder.next_secret_hash].some((one) => sameHash(one, hash))
  );
}

/** Closed from either side, perhaps while a token was being signed. */
function isGone(socket: WebSocket): boolean {
  return !isOpen(socket) || signalAttachment(socket)?.stage === 'done';
}
