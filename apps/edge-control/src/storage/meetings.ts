import { meetings } from '@meridian/db/schema';
import { MeetingId, type MeetingRef, type MeetingStatus } from '@meridian/protocol';
import { and, asc, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query, sqlState, violatedConstraint } from './database.ts';
import { newMeetingCode } from './meeting-code.ts';
import type { Position } from './position.ts';
import { StoredMeeting } from './stored-meeting.ts';

const UNIQUE_VIOLATION = '23505';
const CODE_CONSTRAINT = 'meetings_code_unique';

/** Writes a new meeting under a code that no other has. */
export async function insertMeeting(
  env: DatabaseEnv,
  draft: Omit<StoredMeeting, 'code' | 'updated_at' | 'closed_at' | 'version'>,
  random: (bytes: Uint8Array) => Uint8Array,
): Promise<StoredMeeting> {
  for (let attempt = 1; ; attempt++) {
    const code = newMeetingCode(random);
    const meeting: StoredMeeting = {
      ...draft,
      code,
      updated_at: draft.created_at,
      closed_at: null,
      version: 1,
    };
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

/** What its owner can change of a meeting. Its status is not among it: that follows what happens. */
export type EditableFields = Pick<
  StoredMeeting,
  'title' | 'duration' | 'scheduled_start' | 'time_zone' | 'settings' | 'password_hash'
>;

/**
 * Writes a change of the version it was made from. Null when somebody changed or closed the meeting meanwhile.
 * `now` in Unix milliseconds, here and below.
 */
export async function updateMeeting(
  env: DatabaseEnv,
  { id, version }: Pick<StoredMeeting, 'id' | 'version'>,
  fields: EditableFields,
  now: number,
): Promise<StoredMeeting | null> {
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(meetings)
      .set({ ...editableColumns(fields), version: version + 1, updatedAt: new Date(now) })
      .where(and(eq(meetings.id, id), eq(meetings.version, version), isNull(meetings.closedAt)))
      .returning(),
  );
  return row ? fromRow(row) : null;
}

/**
 * Ends a meeting for good. `versions` are those it may have, any when it is undefined. Null when it has none of
 * them, or was closed before.
 */
export async function closeMeeting(
  env: DatabaseEnv,
  id: string,
  versions: readonly number[] | undefined,
  now: number,
): Promise<StoredMeeting | null> {
  const at = new Date(now);
  const [row] = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .update(meetings)
      .set({ status: 'ended', closedAt: at, updatedAt: at, version: sql`${meetings.version} + 1` })
      .where(
        and(
          eq(meetings.id, id),
          isNull(meetings.closedAt),
          versions && inArray(meetings.version, [...versions]),
        ),
      )
      .returning(),
  );
  return row ? fromRow(row) : null;
}

export type MeetingFilter = {
  ownerId: string;
  status?: MeetingStatus | undefined;
  /** ISO times: from this one on, and before that one. */
  from?: string | undefined;
  to?: string | undefined;
  order: 'asc' | 'desc';
};

/** When a meeting is, for its owner's list: its start, or its creation where there is none. */
const time = sql`coalesce(${meetings.scheduledStart}, ${meetings.createdAt})`;

/** A stretch of a user's meetings by time, of those behind `after`. */
export async function listMeetings(
  env: DatabaseEnv,
  { ownerId, status, from, to, order }: MeetingFilter,
  after: Position | null,
  limit: number,
): Promise<StoredMeeting[]> {
  const direction = order === 'asc' ? asc : desc;
  const rows = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select()
      .from(meetings)
      .where(
        and(
          eq(meetings.hostUserId, ownerId),
          status && eq(meetings.status, status),
          from === undefined ? undefined : gte(time, from),
          to === undefined ? undefined : lt(time, to),
          after ? behind(after, order) : undefined,
        ),
      )
      .orderBy(direction(time), direction(meetings.id))
      .limit(limit),
  );
  return rows.map(fromRow);
}

/** Where a meeting stands in that list. */
export function positionOf({ id, scheduled_start, created_at }: StoredMeeting): Position {
  return { at: Date.parse(scheduled_start ?? created_at), id };
}

function behind({ at, id }: Position, order: 'asc' | 'desc'): SQL {
  const comparison = order === 'asc' ? sql`>` : sql`<`;
  return sql`(${time}, ${meetings.id}) ${comparison} (${new Date(at).toISOString()}::timestamptz, ${id}::uuid)`;
}

function editableColumns(fields: EditableFields) {
  return {
    title: fields.title,
    scheduledStart: fields.scheduled_start === null ? null : new Date(fields.scheduled_start),
    timeZone: fields.time_zone,
    durationMinutes: fields.duration,
    settings: fields.settings,
    passwordHash: fields.password_hash,
  };
}

function toRow(meeting: StoredMeeting): typeof meetings.$inferInsert {
  return {
    id: meeting.id,
    code: meeting.code,
    hostUserId: meeting.owner_id,
    type: meeting.type,
    status: meeting.status,
    ...editableColumns(meeting),
    hostKeyHash: meeting.host_key_hash,
    createdAt: new Date(meeting.created_at),
    updatedAt: new Date(meeting.updated_at),
    closedAt: meeting.closed_at === null ? null : new Date(meeting.closed_at),
    version: meeting.version,
  };
}

function fromRow(row: typeof meetings.$inferSelect): StoredMeeting {
  return StoredMeeting.parse({
    id: row.id,
    code: row.code,
    owner_id: row.hostUserId,
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
    updated_at: row.updatedAt.toISOString(),
    closed_at: row.closedAt?.toISOString() ?? null,
    version: row.version,
  });
}
