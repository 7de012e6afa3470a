import type { MeetingSnapshot, ParticipantView } from '@meridian/client';
import { type Capabilities, canActOn, canChatTo } from '@meridian/client';

export type ParticipantAction =
  | 'write'
  | 'mute'
  | 'ask-to-unmute'
  | 'stop-video'
  | 'stop-share'
  | 'lower-hand'
  | 'rename'
  | 'make-host'
  | 'make-co-host'
  | 'make-participant'
  | 'remove';

type Me = { role: ParticipantView['role']; capabilities: Capabilities };

/** What may be done with somebody now, in the order of a menu. */
export function participantActions(
  me: Me,
  target: ParticipantView,
  screenShare: MeetingSnapshot['screenShare'],
): ParticipantAction[] {
  const { capabilities } = me;
  if (target.isSelf) return ['rename'];
  const moderates = capabilities.canModerate && canActOn(me.role, target.role);
  const raised = target.handRaisedAt !== null;
  const offered: (ParticipantAction | false)[] = [
    canChatTo(target.role, capabilities) && 'write',
    moderates && (target.audio ? 'mute' : 'ask-to-unmute'),
    moderates && target.video && 'stop-video',
    moderates && screenShare?.participantId === target.id && 'stop-share',
    moderates && raised && 'lower-hand',
    moderates && 'rename',
    capabilities.canSetRoles && target.role !== 'host' && 'make-host',
    capabilities.canSetRoles && target.role === 'participant' && 'make-co-host',
    capabilities.canSetRoles && target.role === 'co_host' && 'make-participant',
    capabilities.canAdmit && canActOn(me.role, target.role) && 'remove',
  ];
  return offered.filter((action) => action !== false);
}
