import type { MeetingSettings, Role } from '@meridian/protocol';

/** What a participant may do. For showing and hiding controls: the room and the nodes decide by themselves. */
export type Capabilities = {
  /** Switch one's own microphone on. */
  canUnmute: boolean;
  canShareScreen: boolean;
  /** Write to everybody. */
  canChatToAll: boolean;
  /** Write to one host or co-host. */
  canChatToHosts: boolean;
  /** Write to one participant who is neither. */
  canChatPrivately: boolean;
  canRaiseHand: boolean;
  /** Mute others, all of them too; stop their video or share; lower hands; ask to unmute; rename. */
  canModerate: boolean;
  /** Remove people, and let them in or turn them away at the door. */
  canAdmit: boolean;
  /** Lock the meeting and change its settings. */
  canManageMeeting: boolean;
  /** Make somebody host, co-host or participant. */
  canSetRoles: boolean;
  /** End the meeting for everybody. */
  canEndMeeting: boolean;
};

export const NO_CAPABILITIES: Capabilities = {
  canUnmute: false,
  canShareScreen: false,
  canChatToAll: false,
  canChatToHosts: false,
  canChatPrivately: false,
  canRaiseHand: false,
  canModerate: false,
  canAdmit: false,
  canManageMeeting: false,
  canSetRoles: false,
  canEndMeeting: false,
};

/** By role and settings. Pure; the same rules as the room's. */
export function capabilitiesOf(role: Role, settings: MeetingSettings): Capabilities {
  const leads = role !== 'participant';
  const chatsFreely = leads || settings.allow_chat === 'all';
  return {
    canUnmute: leads || settings.allow_unmute,
    canShareScreen: leads || settings.allow_screen_share === 'all',
    canChatToAll: chatsFreely,
    canChatToHosts: leads || settings.allow_chat !== 'none',
    canChatPrivately: leads || (chatsFreely && settings.allow_private_chat),
    canRaiseHand: true,
    canModerate: leads,
    canAdmit: leads,
    canManageMeeting: leads,
    canSetRoles: role === 'host',
    canEndMeeting: role === 'host',
  };
}

/** Whether a message may go to somebody of this role; null: to everybody. */
export function canChatTo(recipient: Role | null, capabilities: Capabilities): boolean {
  if (recipient === null) return capabilities.canChatToAll;
  return recipient === 'participant' ? capabilities.canChatPrivately : capabilities.canChatToHosts;
}

/** Whether a moderator of role `own` may act on somebody of role `target`: nobody acts against a host but a host. */
export function canActOn(own: Role, target: Role): boolean {
  return own === 'host' || (own === 'co_host' && target !== 'host');
}
