import { MeridianError } from '@meridian/protocol';
import type { Operation } from './operation.ts';
import { type Action, may } from './permissions.ts';
import type { Member } from './roster.ts';

/** Who acts: somebody in the roster, or over REST the meeting's owner, who need not be there. */
export type Actor = Pick<Member, 'role'> & { participant_id: string | null };

export const OWNER: Actor = { role: 'host', participant_id: null };

/** Throws `forbidden` when this actor may not. */
export function authorize(op: Operation, actor: Pick<Member, 'role'>, action: Action): void {
  if (may(actor.role, action, op.session.meeting.settings)) return;
  throw new MeridianError('forbidden', FORBIDDEN[action.kind]);
}

const FORBIDDEN: Record<Action['kind'], string> = {
  mute_other: 'you may not mute this participant',
  mute_all: 'only hosts may mute everybody',
  request_unmute: 'only hosts may ask others to unmute',
  unmute: 'here only a host can let you speak',
  stop_share: 'you may not stop this share',
  remove: 'you may not remove this participant',
  rename_other: 'you may not rename this participant',
  lower_hand: 'only hosts may lower the hands of others',
  attend_door: 'only hosts decide who is let in',
  set_role: 'you may not change this role',
  lock: 'only hosts may lock the meeting',
  update_settings: 'only hosts may change the settings',
  end: 'only a host may end the meeting',
  share_screen: 'only a host may share a screen here',
  take_screen_share: 'only a host may take over',
  chat: 'the hosts do not allow this message',
};

/** Somebody others see, or `unknown_participant`. */
export function present(op: Operation, participantId: string): Member {
  const member = op.state.roster.joined(participantId);
  if (!member) throw new MeridianError('unknown_participant', 'nobody of that id is in the meeting');
  return member;
}
