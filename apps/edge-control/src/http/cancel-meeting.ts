import type { ApiEnv } from '../env.ts';
import { unwrap } from '../result.ts';
import { readMeeting } from '../storage/find-meeting.ts';
import { cacheMeeting } from '../storage/meeting-cache.ts';
import { closeMeeting } from '../storage/meetings.ts';
import { callRoom, roomStub } from './room-stub.ts';
import { type Precondition, requireVersion } from './versions.ts';

/**
 * Ends a meeting for good: one that has not begun is cancelled, one that runs is ended for everybody in it. Its
 * row stays, as what its history belongs to. Doing it again changes nothing and finishes what was left undone.
 */
export async function cancelMeeting(
  env: ApiEnv,
  meetingId: string,
  precondition: Precondition,
  hint: DurableObjectLocationHint | undefined,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> {
  const now = Date.now();
  const closed = await closeMeeting(env, meetingId, precondition, now);
  if (closed) await cacheMeeting(env.MEETING_CACHE, closed, now);
  else await requireClosed(env, meetingId, precondition, waitUntil);
  // From here on nobody new gets in; who is in has to go.
  const room = roomStub(env.ROOMS, meetingId, hint);
  const result = await callRoom(() => room.command({ kind: 'owner' }, { type: 'end' }));
  if (!result.ok && result.error.code !== 'not_found') unwrap(result);
}

/** It was closed before; or it was not, and is of another version than it had to be. */
async function requireClosed(
  env: ApiEnv,
  meetingId: string,
  precondition: Precondition,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> {
  const meeting = await readMeeting(env, meetingId, waitUntil);
  if (meeting.status !== 'ended') requireVersion(precondition, meeting.version);
}
