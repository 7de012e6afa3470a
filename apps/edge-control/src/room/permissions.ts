import type { MeetingSettings, Role, Source } from '@meridian/protocol';
import type { Member } from './roster.ts';

/** What a participant may be refused for lack of a role. Everything else is open to everybody. */
export type Action =
  /** The microphone or the camera of somebody else. */
  | { kind: 'mute_other'; target: Role }
  | { kind: 'mute_all' }
  | { kind: 'request_unmute' }
  /** One's own microphone, switched on. `asked`: a host asked for it. */
  | { kind: 'unmute'; asked: boolean }
  | { kind: 'stop_share'; target: Role }
  | { kind: 'remove'; target: Role }
  | { kind: 'rename_other'; target: Role }
  | { kind: 'lower_hand' }
  /** Let somebody in who waits, or turn them away. */
  | { kind: 'attend_door' }
  | { kind: 'set_role'; target: Role; self: boolean }
  | { kind: 'lock' }
  | { kind: 'update_settings' }
  | { kind: 'end' }
  | { kind: 'share_screen' }
  /** Take the screen share over from whoever has it. */
  | { kind: 'take_screen_share' }
  /** `everybody`, or the role of the one recipient. */
  | { kind: 'chat'; to: 'everybody' | Role };

/**
 * Who may do what. The same for requests over signaling and over REST; a meeting's owner who is not in it counts
 * as a host.
 */
export function may(role: Role, action: Action, settings: MeetingSettings): boolean {
  const moderates = role !== 'participant';
  switch (action.kind) {
    case 'mute_other':
    case 'stop_share':
    case 'rename_other':
      // A co-host acts for the host, not against.
      return action.target === 'host' ? role === 'host' : moderates;
    case 'remove':
      // Not even another host removes a host.
      return action.target !== 'host' && moderates;
    case 'set_role':
      // Hosts step down by themselves only: else whoever gets the key last could throw the others out.
      return role === 'host' && (action.target !== 'host' || action.self);
    case 'mute_all':
    case 'request_unmute':
    case 'lower_hand':
    case 'attend_door':
    case 'lock':
    case 'update_settings':
      return moderates;
    case 'end':
    case 'take_screen_share':
      return role === 'host';
    case 'unmute':
      return moderates || settings.allow_unmute || action.asked;
    case 'share_screen':
      return moderates || settings.allow_screen_share === 'all';
    case 'chat':
      return moderates || mayWrite(action.to, settings);
  }
}

function mayWrite(to: 'everybody' | Role, settings: MeetingSettings): boolean {
  switch (settings.allow_chat) {
    case 'none':
      return false;
    case 'hosts':
      return to === 'host' || to === 'co_host';
    case 'all':
      return to !== 'participant' || settings.allow_private_chat;
  }
}

/** What the nodes let a participant publish. */
export function publishable(role: Role, settings: MeetingSettings): Source[] {
  const screen: Source[] = may(role, { kind: 'share_screen' }, settings) ? ['screen', 'screen_audio'] : [];
  return ['microphone', 'camera', ...screen];
}

/**
 * What the nodes drop of what a participant sends. Where people may not switch their own microphone on, one that
 * is off is off at the nodes too, whatever the client does.
 */
export function silenced(member: Member, settings: MeetingSettings): Source[] {
  const { hard_muted } = member;
  if (member.audio || hard_muted.includes('microphone') || mayUnmute(member, settings)) return hard_muted;
  return [...hard_muted, 'microphone'];
}

export function mayUnmute(member: Pick<Member, 'role' | 'may_unmute'>, settings: MeetingSettings): boolean {
  return may(member.role, { kind: 'unmute', asked: member.may_unmute }, settings);
}

/** Under `mute_on_entry` people come in silenced, until they unmute themselves. The host does not. */
export function entersMuted(role: Role, settings: MeetingSettings): boolean {
  return settings.mute_on_entry && role !== 'host';
}
