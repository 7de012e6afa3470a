import { MeetingId, type MeetingRef, type MeetingStatus, Timestamp } from '@meridian/protocol';
import type { z } from 'zod';
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

/** With the moment at which Postgres said so; without one it is as old as can be. */
const Entry = StoredMeeting.extend({ read_at: Timestamp.default(0) });

export type CachedMeeting = { meeting: StoredMeeting; read_at: number };

/** A cache that fails is a cache that misses. */
export async function cachedMeeting(cache: KVNamespace, ref: MeetingRef): Promise<CachedMeeting | null> {
  try {
    const id = MeetingId.safeParse(ref).success ? ref : await read(cache, codeKeyOf(ref));
    const text = id === null ? null : await read(cache, keyOf(id));
    if (text === null) return null;
    const { read_at, ...meeting } = Entry.parse(JSON.parse(text));
    return { meeting, read_at };
  } catch (error) {
    log('warn', 'the meeting cache failed', { error });
    return null;
  }
}

/** `now` in Unix milliseconds: when Postgres said what is being kept. */
export async function cacheMeeting(cache: KVNamespace, meeting: StoredMeeting, now: number): Promise<void> {
  try {
    await write(
      cache,
      keyOf(meeting.id),
      JSON.stringify({ ...meeting, read_at: now } satisfies z.infer<typeof Entry>),
    );
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
  const cached = await cachedMeeting(cache, meetingId);
  if (!cached || cached.meeting.status === status) return;
  // As old as before: what else is in there was not read anew.
  await cacheMeeting(cache, { ...cached.meeting, status }, cached.read_at);
}

function read(cache: KVNamespace, key: string): Promise<string | null> {
  return within(cache.get(key), CONFIG.storage.cacheTimeoutMs, 'the meeting cache');
}

function write(cache: KVNamespace, key: string, value: string): Promise<void> {
  return within(cache.put(key, value, PUT), CONFIG.storage.cacheTimeoutMs, 'the meeting cache');
}
