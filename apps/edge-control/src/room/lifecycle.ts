import { CLOSE } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { MeetingRecord } from './contract.ts';
import type { Answer, Operation } from './operation.ts';
import { participantRecord } from './presence.ts';

/** Starts a session. What is left of the one before is forgotten, except for rows Postgres does not have yet. */
export function startSession(op: Operation, meeting: MeetingRecord): void {
  const { state, now } = op;
  const previousEpoch = state.session.current?.room_epoch ?? 0;
  const { id, code, title, settings } = meeting;
  state.roster.clear();
  state.mesh.clear();
  state.revocations.clear();
  state.events.clear();
  state.chat.clear();
  state.timers.clearAll();
  state.session.begin({
    meeting: { id, code, title, settings },
    meeting_session_id: op.newId(),
    room_epoch: Math.max(previousEpoch + 1, now),
    phase: 'active',
    started_at: now,
    ended_at: null,
    ended_by_host: false,
    seq: 0,
    last_public_seq: 0,
    outbox_seq: 0,
    desired_version: 0,
    screen_share: null,
  });
  recordSession(op);
  state.timers.set('watchdog', now + ROOM.session.watchdogMs);
}

/** A meeting that was edited meanwhile: the room follows with the next join. */
export function adoptRecord(op: Operation, meeting: MeetingRecord): void {
  const { id, code, title, settings } = meeting;
  const next = { id, code, title, settings };
  if (JSON.stringify(next) === JSON.stringify(op.session.meeting)) return;
  op.state.session.update({ meeting: next });
  recordSession(op);
  op.changeDesired();
}

/**
 * Ends the running session: everybody is told and disconnected, the nodes close what is of it. It stays `ending`
 * until Postgres has everything.
 */
export function endSession(
  op: Operation,
  by: { participant_id: string } | null,
  options: { byHost: boolean; answer?: Answer },
): void {
  const { state, now } = op;
  if (!state.session.active) return;
  op.emit(
    { type: 'meeting_ended', by: by?.participant_id ?? null },
    options.answer ? { answer: options.answer } : {},
  );
  for (const member of state.roster.all()) {
    if (member.stage === 'joined') op.record(participantRecord(member, now));
    op.dismiss({
      participant_id: member.participant_id,
      code: CLOSE.meetingEnded,
      reason: 'meeting ended',
      hears: true,
    });
  }
  state.roster.clear();
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
  if (!session) return;
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
