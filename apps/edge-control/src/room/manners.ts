import { encode, type Reaction, type signaling } from '@meridian/protocol';
import { authorize, present } from './actor.ts';
import type { Answer, Operation } from './operation.ts';
import { announce, participantRecord } from './presence.ts';
import type { Member } from './roster.ts';

/** One's own hand up or down, or somebody else's down. */
export function raiseHand(
  op: Operation,
  member: Member,
  { raised, target_user }: { raised: boolean; target_user?: string | undefined },
  answer: Answer,
): void {
  const target = target_user === undefined ? member : present(op, target_user);
  const own = target.participant_id === member.participant_id;
  // Nobody raises another's hand.
  if (!own) authorize(op, raised ? NOBODY : member, { kind: 'lower_hand' });
  if ((target.hand_raised_at !== null) === raised) {
    op.done(answer);
    return;
  }
  const raised_at = raised ? op.now : null;
  op.state.roster.update(target, { hand_raised_at: raised_at });
  op.emit(
    {
      type: 'raise_hand',
      participant_id: target.participant_id,
      raised_at,
      by: member.participant_id,
    },
    { answer },
  );
}

const NOBODY = { role: 'participant' } as const;

/** Thrown at everybody's screen, and forgotten. */
export function react(op: Operation, { participant_id }: Member, reaction: Reaction, answer: Answer): void {
  op.broadcast(encode<signaling.RoomToClient>({ type: 'reaction', participant_id, reaction }));
  op.done(answer);
}

/** Oneself, or for hosts somebody else. */
export function rename(
  op: Operation,
  member: Member,
  request: { display_name: string; target_user?: string | undefined },
  answer: Answer,
): void {
  const target = request.target_user === undefined ? member : present(op, request.target_user);
  if (target.participant_id !== member.participant_id) {
    authorize(op, member, { kind: 'rename_other', target: target.role });
  }
  const next = op.state.roster.update(target, { display_name: request.display_name });
  announce(op, next, answer);
  op.record(participantRecord(next, null));
}
