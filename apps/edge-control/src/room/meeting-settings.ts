import type { MeetingSettings, MeetingSettingsPatch } from '@meridian/protocol';
import { type Actor, authorize } from './actor.ts';
import type { MeetingRecord } from './contract.ts';
import { openDoor } from './door.ts';
import { recordSession } from './lifecycle.ts';
import type { Answer, Operation } from './operation.ts';
import { may } from './permissions.ts';
import { stopScreenShare } from './presence.ts';

/** Locked: nobody new gets in but hosts. Who is in, or comes back, does not notice. */
export function lock(op: Operation, actor: Actor, locked: boolean, answer?: Answer): void {
  authorize(op, actor, { kind: 'lock' });
  if (op.session.locked === locked) {
    op.done(answer);
    return;
  }
  op.state.session.update({ locked });
  announceMeeting(op, actor.participant_id, answer);
}

/** For the rest of this session; the meeting itself is changed over REST. */
export function updateSettings(
  op: Operation,
  actor: Actor,
  patch: MeetingSettingsPatch,
  answer?: Answer,
): void {
  authorize(op, actor, { kind: 'update_settings' });
  const { meeting } = op.session;
  const settings = { ...meeting.settings, ...patch };
  if (!differ(settings, meeting.settings)) {
    op.done(answer);
    return;
  }
  adopt(op, { ...meeting, settings });
  announceMeeting(op, actor.participant_id, answer);
}

/** The meeting was edited: the running session takes it over, also what had been changed for this session alone. */
export function adoptRecord(op: Operation, record: MeetingRecord): void {
  const { status: _, ...meeting } = record;
  const before = op.session.meeting;
  if (meeting.version <= before.version) return;
  adopt(op, meeting);
  if (differ(meeting.settings, before.settings)) announceMeeting(op, null);
}

/** New settings take effect at once: at the nodes, for a share that is not allowed any more, at the door. */
function adopt(op: Operation, meeting: Omit<MeetingRecord, 'status'>): void {
  const before = op.session.meeting.settings;
  op.state.session.update({ meeting });
  const { settings } = meeting;
  const share = op.session.screen_share;
  const sharer = share && op.state.roster.get(share.participant_id);
  if (share && sharer && !may(sharer.role, { kind: 'share_screen' }, settings)) stopScreenShare(op, share);
  const atNodes = ['allow_screen_share', 'allow_unmute'] as const;
  if (atNodes.some((name) => settings[name] !== before[name])) op.changeDesired();
  recordSession(op);
  openDoor(op);
}

function announceMeeting(op: Operation, by: string | null, answer?: Answer): void {
  const { locked, meeting } = op.session;
  const body = { type: 'meeting_updated', locked, settings: meeting.settings, by } as const;
  op.emit(body, answer ? { answer } : {});
}

function differ(a: MeetingSettings, b: MeetingSettings): boolean {
  return (Object.keys(a) as (keyof MeetingSettings)[]).some((name) => a[name] !== b[name]);
}
