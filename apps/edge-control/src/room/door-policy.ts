import type { MeetingSettings, Role, signaling } from '@meridian/protocol';

/** Whether somebody is kept at the door. Hosts and co-hosts never are. */
export function mustWait(role: Role, settings: MeetingSettings, hostSeen: boolean): boolean {
  if (role !== 'participant') return false;
  return settings.waiting_room || (!settings.join_before_host && !hostSeen);
}

/** What those who wait are told: whether there is anybody who could let them in. */
export function reasonToWait(moderators: number): signaling.Waiting['reason'] {
  return moderators > 0 ? 'waiting_room' : 'host_absent';
}
