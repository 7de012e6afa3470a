import {
  type Meeting,
  MeetingCode,
  MeetingId,
  MeetingSettings,
  MeetingStatus,
  MeetingType,
} from '@meridian/protocol';
import { z } from 'zod';
import type { MeetingRecord } from '../room/contract.ts';

/** A meeting as it is stored, in Postgres and in the cache in front of it: with the hashes of its secrets. */
export const StoredMeeting = z.object({
  id: MeetingId,
  code: MeetingCode,
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
});
export type StoredMeeting = z.infer<typeof StoredMeeting>;

/** What anybody who has its code may know of a meeting. */
export function publicView(meeting: StoredMeeting, origin: string): Meeting {
  const { password_hash, host_key_hash: _, ...rest } = meeting;
  return {
    ...rest,
    join_url: `${origin}/j/${meeting.code}`,
    password_required: password_hash !== null,
  };
}

/** What the room needs of it. */
export function roomView({ id, code, title, settings, status }: StoredMeeting): MeetingRecord {
  return { id, code, title, settings, status };
}
