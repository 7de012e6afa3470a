import { type MeetingRef, MeridianError } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { log } from '../log.ts';
import { cachedMeeting, cacheMeeting } from './meeting-cache.ts';
import { selectMeeting } from './meetings.ts';
import type { StoredMeeting } from './stored-meeting.ts';

/**
 * Cache first, then Postgres. Throws `meeting_not_found`, or `overloaded` when neither can tell. A cached meeting
 * that has not been read for a while is read again behind the answer, so that no change stays unseen for long.
 */
export async function findMeeting(
  env: ApiEnv,
  ref: MeetingRef,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<StoredMeeting> {
  const cached = await cachedMeeting(env.MEETING_CACHE, ref);
  if (!cached) return readMeeting(env, ref, waitUntil);
  const now = Date.now();
  if (now - cached.read_at > CONFIG.storage.cacheFreshMs && isDue(cached.meeting.id, now)) {
    waitUntil(refresh(env, cached.meeting.id));
  }
  return cached.meeting;
}

/** When this isolate has read each again, the latest last. */
const refreshedAt = new Map<string, number>();

/** KV shows what was written only after a while: a thousand people who join meanwhile are no thousand queries. */
function isDue(meetingId: string, now: number): boolean {
  const before = refreshedAt.get(meetingId);
  if (before !== undefined && now - before < CONFIG.storage.cacheFreshMs) return false;
  refreshedAt.delete(meetingId);
  refreshedAt.set(meetingId, now);
  const [oldest] = refreshedAt.keys();
  if (refreshedAt.size > CONFIG.storage.maxRefreshed && oldest !== undefined) refreshedAt.delete(oldest);
  return true;
}

/** From Postgres: what is certain. */
export async function readMeeting(
  env: ApiEnv,
  ref: MeetingRef,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<StoredMeeting> {
  const now = Date.now();
  const stored = await selectMeeting(env, ref);
  if (!stored) throw new MeridianError('meeting_not_found', 'there is no such meeting');
  waitUntil(cacheMeeting(env.MEETING_CACHE, stored, now));
  return stored;
}

async function refresh(env: ApiEnv, meetingId: string): Promise<void> {
  const now = Date.now();
  try {
    const stored = await selectMeeting(env, meetingId);
    if (stored) await cacheMeeting(env.MEETING_CACHE, stored, now);
  } catch (error) {
    log('warn', 'a cached meeting could not be read again', { meeting_id: meetingId, error });
  }
}
