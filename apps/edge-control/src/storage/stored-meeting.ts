import {
  type Meeting,
  MeetingCode,
  MeetingId,
  MeetingSettings,
  MeetingStatus,
  MeetingType,
  UserId,
} from '@meridian/protocol';
import { z } from 'zod';
import type { MeetingRecord } from '../room/contract.ts';

/** A meeting as it is stored, in Postgres and in the cache in front of it: with the hashes of its secrets. */
export const StoredMeeting = z.object({
  id: MeetingId,
  code: MeetingCode,
  /** Null for a meeting that somebody made without signing in: the host key alone gives rights over it. */
  owner_id: UserId.nullable(),
  title: z.string(),
  type: MeetingType,
  status: MeetingStatus,
  scheduled_start: z.iso.datetime().nullable(),
  time_zone: z.string(),
  duration: z.number().int(),
  settings: MeetingSettings,
  password_hash: z.string().nullable(),
  host_key_hash: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  /** When it was cancelled, or ended over the API: for good. */
  closed_at: z.iso.datetime().nullable(),
  /** Rises with each change its owner makes. */
  version: z.number().int().positive(),
});
export type StoredMeeting = z.infer<typeof StoredMeeting>;

/** A meeting as the API shows it. None of it is a secret from those who have its code. */
export function publicView(meeting: StoredMeeting, origin: string, viewerId: string | null): Meeting {
  const { password_hash, host_key_hash: _, owner_id: _owner, closed_at: _closed, ...rest } = meeting;
  return {
    ...rest,
    join_url: `${origin}/j/${meeting.code}`,
    password_required: password_hash !== null,
    owned: isOwner(meeting, viewerId),
  };
}

export function isOwner(meeting: StoredMeeting, userId: string | null): boolean {
  return userId !== null && meeting.owner_id === userId;
}

/** What the room needs of it. */
export function roomView(meeting: StoredMeeting): MeetingRecord {
  const { id, code, title, settings, status, host_key_hash, version } = meeting;
  return { id, code, title, settings, status, host_key_hash, version };
}
