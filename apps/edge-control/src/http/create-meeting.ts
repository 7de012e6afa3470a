import { type CreateMeetingRequest, type CreateMeetingResponse, MeridianError } from '@meridian/protocol';
import { hashSecret, newHostKey, newPassword } from '../auth/secrets.ts';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { cacheMeeting } from '../storage/meeting-cache.ts';
import { newMeetingId } from '../storage/meeting-id.ts';
import { insertMeeting } from '../storage/meetings.ts';
import { storable } from '../storage/storable.ts';
import { publicView } from '../storage/stored-meeting.ts';

/** Stores a new meeting. Its secrets are in the answer and nowhere else. */
export async function createMeeting(
  env: ApiEnv,
  request: CreateMeetingRequest,
  now: number,
  random: (bytes: Uint8Array) => Uint8Array,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<CreateMeetingResponse> {
  const schedule = scheduleOf(request, now);
  const password = request.password ?? (request.generate_password ? newPassword(random) : undefined);
  const hostKey = newHostKey(random);
  const meeting = await insertMeeting(
    env,
    {
      id: newMeetingId('none', now, random),
      title: storable(request.title),
      type: request.type,
      status: 'scheduled',
      ...schedule,
      duration: request.duration,
      settings: request.settings,
      password_hash: password === undefined ? null : await hashSecret(password, CONFIG.secrets.password),
      host_key_hash: await hashSecret(hostKey, CONFIG.secrets.hostKey),
      created_at: new Date(now).toISOString(),
    },
    random,
  );
  waitUntil(cacheMeeting(env.MEETING_CACHE, meeting));
  return {
    ...publicView(meeting, env.PUBLIC_ORIGIN),
    host_key: hostKey,
    ...(password === undefined ? {} : { password }),
  };
}

/** When it is to be. Refuses what is well-formed but cannot be. */
export function scheduleOf(
  request: CreateMeetingRequest,
  now: number,
): { scheduled_start: string | null; time_zone: string } {
  if (request.type === 'instant') return { scheduled_start: null, time_zone: 'UTC' };
  const start = Date.parse(request.scheduled_start);
  if (start < now) throw new MeridianError('unprocessable', 'scheduled_start is in the past');
  if (!isTimeZone(request.time_zone)) throw new MeridianError('unprocessable', 'time_zone is not known');
  return { scheduled_start: new Date(start).toISOString(), time_zone: request.time_zone };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
