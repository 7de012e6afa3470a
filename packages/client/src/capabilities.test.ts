import { MeetingSettings, type Role } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { canActOn, canChatTo, capabilitiesOf } from './capabilities.ts';
import { levelsOf } from './levels.ts';
import { receiveMessage } from './receive.ts';

const has = (role: Role, settings: Partial<MeetingSettings> = {}): string[] => {
  const capabilities = capabilitiesOf(role, MeetingSettings.parse(settings));
  return Object.entries(capabilities).flatMap(([name, yes]) => (yes ? [name] : []));
};

describe('what a participant may do', () => {
  it('depends on the settings', () => {
    const free = has('participant');
    expect(free).toEqual([
      'canUnmute',
      'canShareScreen',
      'canChatToAll',
      'canChatToHosts',
      'canChatPrivately',
      'canRaiseHand',
    ]);
    const without = (settings: Partial<MeetingSettings>) =>
      free.filter((name) => !has('participant', settings).includes(name));
    expect(without({ allow_unmute: false })).toEqual(['canUnmute']);
    expect(without({ allow_screen_share: 'host' })).toEqual(['canShareScreen']);
    expect(without({ allow_private_chat: false })).toEqual(['canChatPrivately']);
    expect(without({ allow_chat: 'hosts' })).toEqual(['canChatToAll', 'canChatPrivately']);
    expect(without({ allow_chat: 'none' })).toEqual(['canChatToAll', 'canChatToHosts', 'canChatPrivately']);
  });

  it('does not bind hosts and co-hosts, who differ in two things', () => {
    const strict = { allow_unmute: false, allow_screen_share: 'host', allow_chat: 'none' } as const;
    expect(has('host', strict)).toEqual(has('host'));
    expect(has('host').filter((name) => !has('co_host', strict).includes(name))).toEqual([
      'canSetRoles',
      'canEndMeeting',
    ]);
  });

  it('says whom one may write to', () => {
    const capabilities = capabilitiesOf('participant', MeetingSettings.parse({ allow_chat: 'hosts' }));
    const recipients: (Role | null)[] = [null, 'host', 'co_host', 'participant'];
    expect(recipients.map((to) => canChatTo(to, capabilities))).toEqual([false, true, true, false]);
  });

  it('protects hosts from co-hosts', () => {
    expect(canActOn('co_host', 'host')).toBe(false);
    expect(canActOn('co_host', 'co_host')).toBe(true);
    expect(canActOn('host', 'host')).toBe(true);
    expect(canActOn('participant', 'participant')).toBe(false);
  });
});

describe('levels', () => {
  it('are shown as a fraction of what voices span', () => {
    const levels = levelsOf([-127, -60, -35, -10, 0].map((level, n) => ({ participant_id: `${n}`, level })));
    expect([...levels.values()]).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe('what is received', () => {
  it('is everything unless said, and within the bounds of the wire', () => {
    expect(receiveMessage({})).toEqual({ audio_only: false, max_bitrate: null });
    expect(receiveMessage({ audioOnly: true, maxBitrate: 10.4 })).toEqual({
      audio_only: true,
      max_bitrate: 50_000,
    });
  });
});
