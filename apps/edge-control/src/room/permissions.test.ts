import { MeetingSettings, Role } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { mustWait, reasonToWait } from './door-policy.ts';
import { type Action, entersMuted, may, publishable } from './permissions.ts';

const settings = (patch: Partial<MeetingSettings> = {}) => MeetingSettings.parse(patch);
const all = settings();
const nobody: Role[] = [];
const hosts: Role[] = ['host'];
const moderators: Role[] = ['host', 'co_host'];
const everybody: Role[] = ['host', 'co_host', 'participant'];

/** Who may do it. */
const TABLE: [Action, MeetingSettings, Role[]][] = [
  ...(['mute_other', 'stop_share', 'rename_other'] as const).flatMap(
    (kind): [Action, MeetingSettings, Role[]][] => [
      [{ kind, target: 'participant' }, all, moderators],
      [{ kind, target: 'co_host' }, all, moderators],
      [{ kind, target: 'host' }, all, hosts],
    ],
  ),
  [{ kind: 'remove', target: 'participant' }, all, moderators],
  [{ kind: 'remove', target: 'co_host' }, all, moderators],
  [{ kind: 'remove', target: 'host' }, all, nobody],
  [{ kind: 'set_role', target: 'participant', self: false }, all, hosts],
  [{ kind: 'set_role', target: 'co_host', self: false }, all, hosts],
  [{ kind: 'set_role', target: 'co_host', self: true }, all, hosts],
  [{ kind: 'set_role', target: 'host', self: false }, all, nobody],
  [{ kind: 'set_role', target: 'host', self: true }, all, hosts],
  ...(['mute_all', 'request_unmute', 'lower_hand', 'attend_door', 'lock', 'update_settings'] as const).map(
    (kind): [Action, MeetingSettings, Role[]] => [{ kind }, all, moderators],
  ),
  [{ kind: 'end' }, all, hosts],
  [{ kind: 'take_screen_share' }, all, hosts],
  [{ kind: 'share_screen' }, all, everybody],
  [{ kind: 'share_screen' }, settings({ allow_screen_share: 'host' }), moderators],
  [{ kind: 'unmute', asked: false }, all, everybody],
  [{ kind: 'unmute', asked: false }, settings({ allow_unmute: false }), moderators],
  [{ kind: 'unmute', asked: true }, settings({ allow_unmute: false }), everybody],
  ...(['everybody', 'participant', 'co_host', 'host'] as const).flatMap(
    (to): [Action, MeetingSettings, Role[]][] => {
      const up = to === 'host' || to === 'co_host';
      return [
        [{ kind: 'chat', to }, all, everybody],
        [
          { kind: 'chat', to },
          settings({ allow_private_chat: false }),
          to === 'participant' ? moderators : everybody,
        ],
        [{ kind: 'chat', to }, settings({ allow_chat: 'hosts' }), up ? everybody : moderators],
        [{ kind: 'chat', to }, settings({ allow_chat: 'none' }), moderators],
      ];
    },
  ),
];

describe('roles', () => {
  it.each(TABLE)('%o', (action, given, expected) => {
    expect(Role.options.filter((role) => may(role, action, given))).toEqual(expected);
  });

  it('decides what the nodes let through', () => {
    const hostOnly = settings({ allow_screen_share: 'host' });
    expect(publishable('participant', all)).toEqual(['microphone', 'camera', 'screen', 'screen_audio']);
    expect(publishable('participant', hostOnly)).toEqual(['microphone', 'camera']);
    expect(publishable('host', hostOnly)).toContain('screen');
  });

  it('silences everybody but the host on entry', () => {
    const muted = settings({ mute_on_entry: true });
    expect([entersMuted('participant', muted), entersMuted('co_host', muted)]).toEqual([true, true]);
    expect([entersMuted('host', muted), entersMuted('participant', all)]).toEqual([false, false]);
  });

  it('keeps participants at the door, while there is one', () => {
    const door = settings({ waiting_room: true });
    const hostFirst = settings({ join_before_host: false });
    expect(Role.options.filter((role) => mustWait(role, door, true))).toEqual(['participant']);
    expect(Role.options.filter((role) => mustWait(role, hostFirst, false))).toEqual(['participant']);
    expect([mustWait('participant', hostFirst, true), mustWait('participant', all, false)]).toEqual([
      false,
      false,
    ]);
    expect([reasonToWait(0), reasonToWait(1)]).toEqual(['host_absent', 'waiting_room']);
  });
});
