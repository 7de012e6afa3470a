import { CLOSE, LIMITS, MeridianError } from '@meridian/protocol';
import { type Actor, authorize } from './actor.ts';
import { ROOM } from './config.ts';
import type { RoomJoinRequest } from './contract.ts';
import { mustWait, reasonToWait } from './door-policy.ts';
import type { Answer, Farewell, Operation } from './operation.ts';
import { type Waiter, waiterView } from './waiters.ts';

/** Puts somebody on the way to the door. Hosts see them when they are there. */
export function expectAtDoor(op: Operation, request: RoomJoinRequest): Waiter {
  const { state, now } = op;
  if (state.waiters.size >= LIMITS.waiting) {
    throw new MeridianError('overloaded', 'too many people are waiting', {
      retryAfterMs: ROOM.participant.fullRetryMs,
    });
  }
  const waiter: Waiter = {
    participant_id: op.newId(),
    session_id: op.newId(),
    user_id: request.user_id,
    display_name: request.display_name,
    audio_only: request.audio_only,
    location: request.location,
    round_trips: request.round_trips ?? {},
    since: null,
    media: { audio: false, video: false },
    told: reasonNow(op),
    secret_hash: null,
    next_secret_hash: null,
  };
  state.waiters.put(waiter);
  state.timers.clear('empty');
  state.timers.set('admission', now + ROOM.participant.admissionMs, waiter.participant_id);
  return waiter;
}

/** They are there, by `join`; perhaps anew, from another page. */
export function arriveAtDoor(
  op: Operation,
  waiter: Waiter,
  media: Waiter['media'],
  secretHash: string,
): Waiter {
  const { state, now } = op;
  const { participant_id } = waiter;
  const next = state.waiters.update(waiter, {
    since: waiter.since ?? now,
    media,
    told: reasonNow(op),
    secret_hash: null,
    next_secret_hash: secretHash,
  });
  for (const kind of ['admission', 'grace'] as const) state.timers.clear(kind, participant_id);
  if (waiter.since === null) {
    state.timers.set('waiting', now + ROOM.door.waitMs, participant_id);
    tellModerators(op, { added: [waiterView(next)], removed: [] });
  }
  return next;
}

export function returnToDoor(op: Operation, waiter: Waiter, hashes: { used: string; next: string }): Waiter {
  op.state.timers.clear('grace', waiter.participant_id);
  return op.state.waiters.update(waiter, {
    told: reasonNow(op),
    secret_hash: hashes.used,
    next_secret_hash: hashes.next,
  });
}

/** Those who were told another reason than there is now. */
export function misinformed(state: Operation['state']): Waiter[] {
  const reason = reasonToWait(state.roster.moderators().length);
  return state.waiters.arrived().filter(({ told }) => told !== reason);
}

export function inform(op: Operation, waiter: Waiter, secretHash: string): Waiter {
  return op.state.waiters.update(waiter, { told: reasonNow(op), next_secret_hash: secretHash });
}

function reasonNow({ state }: Operation): Waiter['told'] {
  return reasonToWait(state.roster.moderators().length);
}

/** The socket of somebody who waits is gone: they keep their place as long as a participant would. */
export function loseDoorSocket(op: Operation, { participant_id }: Waiter): void {
  if (op.state.timers.get('grace', participant_id) !== undefined) return;
  op.state.timers.set('grace', op.now + ROOM.participant.graceMs, participant_id);
}

/** Ends somebody's wait without letting them in. */
export function leaveDoor(
  op: Operation,
  waiter: Waiter,
  reason: 'left' | 'timeout' | 'denied',
  frame?: string,
): void {
  takeFromDoor(op, waiter);
  op.dismiss({
    participant_id: waiter.participant_id,
    ...GOODBYE[reason],
    hears: false,
    ...(frame === undefined ? {} : { frame }),
  });
  endIfDeserted(op);
}

const GOODBYE = {
  left: { code: CLOSE.normal, reason: 'left' },
  timeout: { code: CLOSE.sessionExpired, reason: 'waited too long' },
  denied: { code: CLOSE.denied, reason: 'denied' },
} as const satisfies Record<string, Pick<Farewell, 'code' | 'reason'>>;

/** Turns somebody away for the rest of this session of the meeting. */
export function deny(op: Operation, actor: Actor, targetId: string, answer?: Answer): void {
  authorize(op, actor, { kind: 'attend_door' });
  const waiter = atDoor(op, targetId);
  op.state.exclusions.add(waiter, 'denied');
  leaveDoor(op, waiter, 'denied');
  op.done(answer);
}

/** Somebody who waits there, or `unknown_participant`. */
export function atDoor(op: Operation, participantId: string): Waiter {
  const waiter = op.state.waiters.get(participantId);
  if (!waiter) throw new MeridianError('unknown_participant', 'nobody of that id is waiting');
  return waiter;
}

export function takeFromDoor(op: Operation, { participant_id, since }: Waiter): void {
  const { timers, waiters } = op.state;
  waiters.remove(participant_id);
  for (const kind of ['admission', 'grace', 'waiting'] as const) timers.clear(kind, participant_id);
  if (since !== null) tellModerators(op, { added: [], removed: [participant_id] });
}

/** Those who are there although nothing keeps them any more, come in by themselves. */
export function openDoor(op: Operation): void {
  op.changeDoor();
  if (freeToEnter(op).length > 0) op.state.timers.set('door', op.now + ROOM.door.retryMs);
}

export function freeToEnter(op: Pick<Operation, 'state' | 'session'>): Waiter[] {
  const { meeting, host_seen } = op.session;
  return mustWait('participant', meeting.settings, host_seen) ? [] : op.state.waiters.arrived();
}

/** With nobody in and nobody at the door, the session ends after a while. */
export function endIfDeserted(op: Operation): void {
  const { roster, waiters, timers } = op.state;
  if (roster.size === 0 && waiters.size === 0) timers.set('empty', op.now + ROOM.session.emptyGraceMs);
}

function tellModerators(
  op: Operation,
  change: { added: ReturnType<typeof waiterView>[]; removed: string[] },
): void {
  const audience = op.state.roster.moderators().map(({ participant_id }) => participant_id);
  if (audience.length > 0) op.emit({ type: 'waiting_room', ...change }, { audience });
}
