import { MeetingSettings, type Role } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { type Action, entersMuted, may, publishable } from './permissions.ts';

const all = MeetingSettings.parse({});
const hostOnly = MeetingSettings.parse({ allow_screen_share: 'host' });

const TABLE: [Action, MeetingSettings, Record<Role, boolean>][] = [
  [{ kind: 'mute_other', target: 'participant' }, all, { host: true, co_host: true, participant: false }],
  [{ kind: 'mute_other', target: 'co_host' }, all, { host: true, co_host: true, participant: false }],
  [{ kind: 'mute_other', target: 'host' }, all, { host: true, co_host: false, participant: false }],
  [{ kind: 'remove', target: 'participant' }, all, { host: true, co_host: true, participant: false }],
  [{ kind: 'remove', target: 'co_host' }, all, { host: true, co_host: true, participant: false }],
  [{ kind: 'remove', target: 'host' }, all, { host: false, co_host: false, participant: false }],
  [{ kind: 'end' }, all, { host: true, co_host: false, participant: false }],
  [{ kind: 'share_screen' }, all, { host: true, co_host: true, participant: true }],
  [{ kind: 'share_screen' }, hostOnly, { host: true, co_host: true, participant: false }],
  [{ kind: 'take_screen_share' }, all, { host: true, co_host: false, participant: false }],
];

describe('roles', () => {
  it.each(TABLE)('%o', (action, settings, expected) => {
    for (const role of ['host', 'co_host', 'participant'] as const) {
      expect(may(role, action, settings), role).toBe(expected[role]);
    }
  });

  it('decides what the nodes let through', () => {
    expect(publishable('participant', all)).toEqual(['microphone', 'camera', 'screen', 'screen_audio']);
    expect(publishable('participant', hostOnly)).toEqual(['microphone', 'camera']);
    expect(publishable('host', hostOnly)).toContain('screen');
  });

  it('silences everybody but the host on entry', () => {
    const muted = MeetingSettings.parse({ mute_on_entry: true });
    expect([entersMuted('participant', muted), entersMuted('co_host', muted)]).toEqual([true, true]);
    expect([entersMuted('host', muted), entersMuted('participant', all)]).toEqual([false, false]);
  });
});
