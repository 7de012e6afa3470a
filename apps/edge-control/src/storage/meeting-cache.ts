import { MeetingId, type MeetingRef, type MeetingStatus } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import { within } from '../timeout.ts';
import { StoredMeeting } from './stored-meeting.ts';

/**
 * Meetings by id, and ids by code. With Postgres down, whatever is in here can be joined. Nothing is kept about
 * meetings that do not exist, so a new one is found at once.
 */
const keyOf = (meetingId: string) => `meeting:${meetingId}`;
const codeKeyOf = (code: string) => `code:${code}`;
const PUT = { expirationTtl: CONFIG.storage.cacheTtlSeconds };

/** A cache that fails is a cache that misses. */
export async function cachedMeeting(cache: KVNamespace, ref: MeetingRef): Promise<StoredMeeting | null> {
  try {
    const id = MeetingId.safeParse(ref).success ? ref : await read(cache, codeKeyOf(ref));
    const text = id === null ? null : await read(cache, keyOf(id));
    return text === null ? null : StoredMeeting.parse(JSON.parse(text));
  } catch (error) {
    log('warn', 'the meeting cache failed', { error });
    return null;
  }
}

export async function cacheMeeting(cache: KVNamespace, meeting: StoredMeeting): Promise<void> {
  try {
    await write(cache, keyOf(meeting.id), JSON.stringify(meeting));
    await write(cache, codeKeyOf(meeting.code), meeting.id);
  } catch (error) {
    log('warn', 'the meeting cache failed', { meeting_id: meeting.id, error });
  }
}

/** Keeps the status of a cached meeting in step. One that is not cached is read from Postgres when needed. */
export async function cacheStatus(
  cache: KVNamespace,
  meetingId: string,
  status: MeetingStatus,
): Promise<void> {
  const meeting = await cachedMeeting(cache, meetingId);
  if (meeting && meeting.status !== status) await cacheMeeting(cache, { ...meeting, status });
}

function read(cache: KVNamespace, key: string): Promise<string | null> {
  return within(cache.get(key), CONFIG.storage.cacheTimeoutMs, 'the meeting cache');
}

function write(cache: KVNamespace, key: string, value: string): Promise<void> {
  return within(cache.put(key, value, PUT), CONFIG.storage.cacheTimeoutMs, 'the meeting cache');
}
