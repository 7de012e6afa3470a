import { CLOSE } from '@meridian/protocol';
import { endIfDeserted } from './door.ts';
import { idleNode } from './membership.ts';
import type { Answer, Farewell, Operation } from './operation.ts';
import { participantRecord, stopScreenShare } from './presence.ts';
import { succeed } from './roles.ts';
import type { Member } from './roster.ts';
import { reviseTiers } from './standby.ts';

/** Ends a participant's stay: whoever was never in the roster goes unseen. */
export function depart(
  op: Operation,
  member: Member,
  reason: keyof typeof GOODBYE,
  options: { /** Their last frame. */ frame?: string /** Whose request it was. */; answer?: Answer } = {},
): void {
  const { roster, revocations, timers } = op.state;
  const present = roster.size;
  const { participant_id, session_id } = member;
  if (op.session.screen_share?.participant_id === participant_id) stopScreenShare(op, member);
  roster.remove(participant_id);
  for (const kind of ['admission', 'blip', 'grace', 'move', 'home', 'silence'] as const) {
    timers.clear(kind, participant_id);
  }
  const revoked = revocations.add(session_id, member.gen, op.now);
  timers.setAtLatest('revocations', revoked.until);
  op.dismiss({
    participant_id,
    ...GOODBYE[reason],
    hears: false,
    ...(options.frame === undefined ? {} : { frame: options.frame }),
  });
  if (member.stage === 'joined') {
    op.emit(
      { type: 'participant_left', participant_id, reason },
      options.answer ? { answer: options.answer } : {},
    );
    op.record(participantRecord(member, op.now));
    succeed(op, member);
  }
  op.changeDesired();
  reviseTiers(op, present);
  for (const nodeId of [member.node_id, member.moving_from, member.standby_node_id]) {
    if (nodeId !== null) idleNode(op, nodeId);
  }
  endIfDeserted(op);
}

const GOODBYE = {
  left: { code: CLOSE.normal, reason: 'left' },
  removed: { code: CLOSE.removed, reason: 'removed' },
  timeout: { code: CLOSE.sessionExpired, reason: 'session expired' },
} as const satisfies Record<string, Pick<Farewell, 'code' | 'reason'>>;
