import type { CreateMeetingRequest, CreateMeetingResponse } from '@meridian/protocol';
import { hashSecret, newHostKey, newPassword } from '../auth/secrets.ts';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { cacheMeeting } from '../storage/meeting-cache.ts';
import { newMeetingId } from '../storage/meeting-id.ts';
import { insertMeeting } from '../storage/meetings.ts';
import { storable } from '../storage/storable.ts';
import { publicView } from '../storage/stored-meeting.ts';
import { futureStart, knownZone } from './schedule.ts';

/** Stores a new meeting. Its secrets are in the answer and nowhere else. */
export async function createMeeting(
  env: ApiEnv,
  request: CreateMeetingRequest,
  ownerId: string | null,
  now: number,
  random: (bytes: Uint8Array) => Uint8Array,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<CreateMeetingResponse> {
  const schedule =
    request.type === 'instant'
      ? { scheduled_start: null, time_zone: 'UTC' }
      : {
          scheduled_start: futureStart(request.scheduled_start, now),
          time_zone: knownZone(request.time_zone),
        };
  const password = request.password ?? (request.generate_password ? newPassword(random) : undefined);
  const hostKey = newHostKey(random);
  const meeting = await insertMeeting(
    env,
    {
      id: newMeetingId('none', now, random),
      owner_id: ownerId,
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
  waitUntil(cacheMeeting(env.MEETING_CACHE, meeting, now));
  return {
    ...publicView(meeting, env.PUBLIC_ORIGIN, ownerId),
    host_key: hostKey,
    ...(password === undefined ? {} : { password }),
  };
}
