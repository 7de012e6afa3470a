import {
  type MeetingRef,
  MeetingSettings,
  MeridianError,
  type UpdateMeetingRequest,
} from '@meridian/protocol';
import { hashSecret } from '../auth/secrets.ts';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { readMeeting } from '../storage/find-meeting.ts';
import { cacheMeeting } from '../storage/meeting-cache.ts';
import { type EditableFields, updateMeeting } from '../storage/meetings.ts';
import { storable } from '../storage/storable.ts';
import type { StoredMeeting } from '../storage/stored-meeting.ts';
import { futureStart, knownZone } from './schedule.ts';
import { changedMeanwhile, type Precondition, requireVersion } from './versions.ts';

/**
 * Changes a meeting, in Postgres and in the cache in front of it. Without a precondition it is applied to whatever
 * the meeting is by then, so that two people who change different things do not get in each other's way.
 */
export async function changeMeeting(
  env: ApiEnv,
  ref: MeetingRef,
  request: UpdateMeetingRequest,
  precondition: Precondition,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<StoredMeeting> {
  const { password } = request;
  const password_hash =
    typeof password === 'string' ? await hashSecret(password, CONFIG.secrets.password) : password;
  for (let attempt = 1; ; attempt++) {
    const meeting = await readMeeting(env, ref, waitUntil);
    requireVersion(precondition, meeting.version);
    if (meeting.status === 'ended') throw new MeridianError('conflict', 'the meeting has ended');
    const now = Date.now();
    const changed = await updateMeeting(
      env,
      meeting,
      editedFields(meeting, request, password_hash, now),
      now,
    );
    if (changed) {
      // Before the answer: whoever has it may expect the new password to be asked for.
      await cacheMeeting(env.MEETING_CACHE, changed, now);
      return changed;
    }
    if (precondition || attempt >= CONFIG.http.updateAttempts) throw changedMeanwhile();
  }
}

/** What the meeting is to be. Throws `unprocessable` for what cannot be. */
export function editedFields(
  meeting: EditableFields,
  { title, duration, scheduled_start, time_zone, settings }: UpdateMeetingRequest,
  passwordHash: string | null | undefined,
  now: number,
): EditableFields {
  if (meeting.scheduled_start === null && (scheduled_start !== undefined || time_zone !== undefined)) {
    throw new MeridianError('unprocessable', 'an instant meeting has no time');
  }
  return {
    title: title === undefined ? meeting.title : storable(title),
    duration: duration ?? meeting.duration,
    scheduled_start:
      scheduled_start === undefined ? meeting.scheduled_start : futureStart(scheduled_start, now),
    time_zone: time_zone === undefined ? meeting.time_zone : knownZone(time_zone),
    settings: MeetingSettings.parse({ ...meeting.settings, ...settings }),
    password_hash: passwordHash === undefined ? meeting.password_hash : passwordHash,
  };
}
