import { MeridianError } from '@meridian/protocol';
import { CONFIG } from '../config.ts';
import type { MeetingRoomApi } from '../room/contract.ts';
import type { MeetingRoom } from '../room/meeting-room.ts';
import { residencyOf } from '../storage/meeting-id.ts';
import { within } from '../timeout.ts';

/** A room as its contract describes it. */
export type RoomStub = MeetingRoomApi & { fetch(request: Request): Promise<Response> };

/**
 * The room of a meeting. The id says in which jurisdiction it lives; within none, the hint of whoever comes
 * first says near whom.
 */
export function roomStub(
  rooms: DurableObjectNamespace<MeetingRoom>,
  meetingId: string,
  hint?: DurableObjectLocationHint,
): RoomStub {
  const residency = residencyOf(meetingId);
  if (residency !== 'none') {
    const resident = rooms.jurisdiction(residency);
    return resident.get(resident.idFromName(meetingId));
  }
  return rooms.get(rooms.idFromName(meetingId), hint === undefined ? {} : { locationHint: hint });
}

/** One RPC into a room; once more when the platform says that the object was merely being moved. */
export async function callRoom<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await within(call(), CONFIG.room.rpcTimeoutMs, 'the room');
  } catch (error) {
    if (!isTransient(error)) throw error;
  }
  try {
    return await within(call(), CONFIG.room.rpcTimeoutMs, 'the room');
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new MeridianError('overloaded', 'the room does not answer', {
      cause: error,
      retryAfterMs: CONFIG.http.overloadedRetryMs,
    });
  }
}

/** What the platform marks as its own failure, not the code's. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ('retryable' in error && error.retryable === true) || ('overloaded' in error && error.overloaded === true)
  );
}
