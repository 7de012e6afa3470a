import { MeridianError, type Role } from '@meridian/protocol';
import { type Actor, authorize, present } from './actor.ts';
import { openDoor } from './door.ts';
import type { Answer, Operation } from './operation.ts';
import { may } from './permissions.ts';
import { announce, participantRecord, stopScreenShare } from './presence.ts';
import type { Member } from './roster.ts';
import { reviseTier } from './standby.ts';
import { waiterView } from './waiters.ts';

/** A host makes somebody host, co-host or participant. Several may be host; the last one stays it. */
export function setRole(
  op: Operation,
  actor: Actor,
  { target_user, role }: { target_user: string; role: Role },
  answer?: Answer,
): void {
  const target = present(op, target_user);
  const self = target.participant_id === actor.participant_id;
  authorize(op, actor, { kind: 'set_role', target: target.role, self });
  if (target.role === role) {
    op.done(answer);
    return;
  }
  if (target.role === 'host' && op.state.roster.hosts().length === 1) {
    throw new MeridianError('unprocessable', 'make somebody else host first');
  }
  giveRole(op, target, role, answer);
}

/** The host leaves and no other is there: the co-host who has been there longest takes over, if there is one. */
export function succeed(op: Operation, departed: Member): void {
  const { roster } = op.state;
  if (departed.role !== 'host' || departed.stage !== 'joined' || roster.hosts().length > 0) return;
  const [heir] = roster
    .allJoined()
    .filter(({ role }) => role === 'co_host')
    .toSorted((a, b) => a.joined_at - b.joined_at || a.since_seq - b.since_seq);
  if (heir) giveRole(op, heir, 'host');
}

/** Changes a role with all that hangs on it. */
export function giveRole(op: Operation, member: Member, role: Role, answer?: Answer): void {
  const next = op.state.roster.update(member, { role });
  const { settings } = op.session.meeting;
  const { screen_share } = op.session;
  if (
    screen_share?.participant_id === member.participant_id &&
    !may(role, { kind: 'share_screen' }, settings)
  ) {
    stopScreenShare(op, screen_share);
  }
  announce(op, next, answer);
  op.record(participantRecord(next, null));
  reviseTier(op, next);
  op.changeDesired();
  showDoor(op, member, next);
  welcomeModerator(op, next);
}

/** Somebody who can let others in is there. */
export function welcomeModerator(op: Operation, { role }: Member): void {
  if (role === 'participant') return;
  if (role === 'host' && !op.session.host_seen) op.state.session.update({ host_seen: true });
  openDoor(op);
}

/** Who moderates from now on is shown who waits; who no longer does, is not. */
function showDoor(op: Operation, before: Member, { role, participant_id }: Member): void {
  const waiting = op.state.waiters.arrived();
  if ((before.role === 'participant') === (role === 'participant') || waiting.length === 0) return;
  const change =
    role === 'participant'
      ? { added: [], removed: waiting.map((waiter) => waiter.participant_id) }
      : { added: waiting.map(waiterView), removed: [] };
  op.emit({ type: 'waiting_room', ...change }, { audience: [participant_id] });
}
