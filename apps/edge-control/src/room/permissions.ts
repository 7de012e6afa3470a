import type { MeetingSettings, Role, Source } from '@meridian/protocol';

/** What a participant may be refused for lack of a role. Everything else is open to everybody. */
export type Action =
  | { kind: 'mute_other'; target: Role }
  | { kind: 'remove'; target: Role }
  | { kind: 'end' }
  | { kind: 'share_screen' }
  /** Take the screen share over from whoever has it. */
  | { kind: 'take_screen_share' };

export function may(role: Role, action: Action, settings: MeetingSettings): boolean {
  switch (action.kind) {
    case 'mute_other':
    case 'remove':
      // A co-host acts for the host, not against: and the host is not removed even by another host.
      if (action.target === 'host') return action.kind === 'mute_other' && role === 'host';
      return role !== 'participant';
    case 'end':
    case 'take_screen_share':
      return role === 'host';
    case 'share_screen':
      return settings.allow_screen_share === 'all' || role !== 'participant';
  }
}

/** What the nodes let a participant publish. */
export function publishable(role: Role, settings: MeetingSettings): Source[] {
  const screen: Source[] = may(role, { kind: 'share_screen' }, settings) ? ['screen', 'screen_audio'] : [];
  return ['microphone', 'camera', ...screen];
}

/** Under `mute_on_entry` people come in silenced, until they unmute themselves. The host does not. */
export function entersMuted(role: Role, settings: MeetingSettings): boolean {
  return settings.mute_on_entry && role !== 'host';
}
