import { CLOSE } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { MeetingRecord } from './contract.ts';
import type { Answer, Operation } from './operation.ts';
import { participantRecord } from './presence.ts';

/** Starts a session. What is left of the one before is forgotten, except for rows Postgres does not have yet. */
export function startSession(op: Operation, meeting: MeetingRecord): void {
  const { state, now } = op;
  const previousEpoch = state.session.current?.room_epoch ?? 0;
  const { status: _, ...rest } = meeting;
  state.roster.clear();
  state.waiters.clear();
  state.exclusions.clear();
  state.mesh.clear();
  state.topology.clear();
  state.placements.clear();
  state.revocations.clear();
  state.events.clear();
  state.chat.clear();
  state.timers.clearAll();
  state.session.begin({
    meeting: rest,
    meeting_session_id: op.newId(),
    room_epoch: Math.max(previousEpoch + 1, now),
    phase: 'active',
    started_at: now,
    opened: false,
    ended_at: null,
    ended_by_host: false,
    seq: 0,
    last_public_seq: 0,
    outbox_seq: 0,
    desired_version: 0,
    screen_share: null,
    locked: false,
    host_seen: false,
    host_key_tries: null,
  });
  setOutboxTimer(op);
}

/** The first one is in. */
export function openSession(op: Operation): void {
  if (op.session.opened) return;
  op.state.session.update({ opened: true, started_at: op.now });
  recordSession(op);
}

/**
 * Ends the running session: everybody is told and disconnected, the nodes close what is of it. It stays `ending`
 * until Postgres has everything.
 */
export function endSession(
  op: Operation,
  by: string | null,
  options: { byHost: boolean; answer?: Answer },
): void {
  const { state, now } = op;
  if (!state.session.active) return;
  op.emit({ type: 'meeting_ended', by }, options.answer ? { answer: options.answer } : {});
  for (const member of state.roster.all()) {
    if (member.stage === 'joined') op.record(participantRecord(member, now));
    op.dismiss({
      participant_id: member.participant_id,
      code: CLOSE.meetingEnded,
      reason: 'meeting ended',
      hears: true,
    });
  }
  for (const { participant_id } of state.waiters.all()) {
    op.dismiss({ participant_id, code: CLOSE.meetingEnded, reason: 'meeting ended', hears: false });
  }
  state.roster.clear();
  state.waiters.clear();
  state.revocations.clear();
  state.session.update({
    phase: 'ending',
    ended_at: now,
    ended_by_host: options.byHost,
    screen_share: null,
  });
  recordSession(op);
  op.changeDesired();
  state.timers.clearAll();
  setOutboxTimer(op);
  state.timers.set('close_links', now + ROOM.session.linkFarewellMs);
  state.timers.set('delete', now + ROOM.session.deleteAfterMs);
}

/** Postgres has the whole session. */
export function finishIfDrained(op: Operation): void {
  const session = op.state.session.current;
  if (session?.phase !== 'ending' || !op.state.outbox.isDrained(session.meeting_session_id)) return;
  op.state.session.update({ phase: 'ended' });
}

export function recordSession(op: Operation): void {
  const session = op.state.session.current;
  if (!session?.opened) return;
  op.record({
    kind: 'meeting_session',
    status: session.phase === 'active' ? 'active' : 'ended',
    started_at: session.started_at,
    ended_at: session.ended_at,
    settings: session.meeting.settings,
    // Without a host's word the meeting itself goes on: people can come back to it.
    ...(session.phase === 'active' ? {} : { ended_by_host: session.ended_by_host }),
  });
}

/** Rings when there is something to send to Postgres. */
export function setOutboxTimer(op: Operation): void {
  const next = op.state.outbox.next(op.now);
  if (next === null) op.state.timers.clear('outbox');
  else op.state.timers.set('outbox', next);
}
