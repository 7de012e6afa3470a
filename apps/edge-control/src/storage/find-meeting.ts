import { type MeetingRef, MeridianError } from '@meridian/protocol';
import type { ApiEnv } from '../env.ts';
import { cachedMeeting, cacheMeeting } from './meeting-cache.ts';
import { selectMeeting } from './meetings.ts';
import type { StoredMeeting } from './stored-meeting.ts';

/** Cache first, then Postgres. Throws `meeting_not_found`, or `overloaded` when neither can tell. */
export async function findMeeting(
  env: ApiEnv,
  ref: MeetingRef,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<StoredMeeting> {
  const cached = await cachedMeeting(env.MEETING_CACHE, ref);
  if (cached) return cached;
  const stored = await selectMeeting(env, ref);
  if (!stored) throw new MeridianError('meeting_not_found', 'there is no such meeting');
  waitUntil(cacheMeeting(env.MEETING_CACHE, stored));
  return stored;
}
