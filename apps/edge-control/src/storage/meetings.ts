import { meetings } from '@meridian/db/schema';
import { MeetingId, type MeetingRef } from '@meridian/protocol';
import { eq } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query, sqlState, violatedConstraint } from './database.ts';
import { newMeetingCode } from './meeting-code.ts';
import { StoredMeeting } from './stored-meeting.ts';

const UNIQUE_VIOLATION = '23505';
const CODE_CONSTRAINT = 'meetings_code_unique';

/** Writes a new meeting under a code that no other has. */
export async function insertMeeting(
  env: DatabaseEnv,
  draft: Omit<StoredMeeting, 'code'>,
  random: (bytes: Uint8Array) => Uint8Array,
): Promise<StoredMeeting> {
  for (let attempt = 1; ; attempt++) {
    const meeting = { ...draft, code: newMeetingCode(random) };
    try {
      await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
        db.insert(meetings).values(toRow(meeting)),
      );
      return meeting;
    } catch (error) {
      const collided = sqlState(error) === UNIQUE_VIOLATION && violatedConstraint(error) === CODE_CONSTRAINT;
      if (!collided || attempt >= CONFIG.storage.codeAttempts) throw error;
    }
  }
}

export async function selectMeeting(env: DatabaseEnv, ref: MeetingRef): Promise<StoredMeeting | null> {
  const column = MeetingId.safeParse(ref).success ? meetings.id : meetings.code;
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db.select().from(meetings).where(eq(column, ref)).limit(1),
  );
  return row ? fromRow(row) : null;
}

function toRow(meeting: StoredMeeting): typeof meetings.$inferInsert {
  return {
    id: meeting.id,
    code: meeting.code,
    title: meeting.title,
    type: meeting.type,
    status: meeting.status,
    scheduledStart: meeting.scheduled_start === null ? null : new Date(meeting.scheduled_start),
    timeZone: meeting.time_zone,
    durationMinutes: meeting.duration,
    settings: meeting.settings,
    passwordHash: meeting.password_hash,
    hostKeyHash: meeting.host_key_hash,
    createdAt: new Date(meeting.created_at),
  };
}

function fromRow(row: typeof meetings.$inferSelect): StoredMeeting {
  return StoredMeeting.parse({
    id: row.id,
    code: row.code,
    title: row.title,
    type: row.type,
    status: row.status,
    scheduled_start: row.scheduledStart?.toISOString() ?? null,
    time_zone: row.timeZone,
    duration: row.durationMinutes,
    settings: row.settings,
    password_hash: row.passwordHash,
    host_key_hash: row.hostKeyHash,
    created_at: row.createdAt.toISOString(),
  });
}
