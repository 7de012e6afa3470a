import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { createdAt, moment, updatedAt, uuidKey } from './columns.ts';
import { users } from './users.ts';

export const meetingType = pgEnum('meeting_type', ['instant', 'scheduled', 'recurring']);
export const meetingStatus = pgEnum('meeting_status', ['scheduled', 'active', 'ended']);

/** Options of a meeting. JSON, because they grow with every feature; the protocol package gives them their form. */
export type StoredSettings = Record<string, unknown>;

export const meetings = pgTable(
  'meetings',
  {
    /** Made by the control plane: carries the residency. */
    id: uuid('id').primaryKey(),
    code: varchar('code', { length: 16 }).notNull().unique(),
    /** Null for a meeting somebody made without signing in; host rights then come from the host key alone. */
    hostUserId: uuid('host_user_id').references(() => users.id, { onDelete: 'set null' }),
    title: varchar('title', { length: 255 }).notNull(),
    type: meetingType('type').notNull(),
    status: meetingStatus('status').notNull().default('scheduled'),
    scheduledStart: moment('scheduled_start'),
    timeZone: varchar('time_zone', { length: 64 }).notNull().default('UTC'),
    durationMinutes: integer('duration_minutes').notNull(),
    /** RFC 5545 recurrence rule of a recurring meeting. */
    rrule: text('rrule'),
    passwordHash: text('password_hash'),
    hostKeyHash: text('host_key_hash').notNull(),
    settings: jsonb('settings').$type<StoredSettings>().notNull(),
    /** Of the newest session. */
    actualStart: moment('actual_start'),
    actualEnd: moment('actual_end'),
    /** Rises with each change its owner makes, so that two changes do not undo one another unnoticed. */
    version: integer('version').notNull().default(1),
    /** When it was cancelled, or ended over the API: for good, whatever its session says afterwards. */
    closedAt: moment('closed_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    index('meetings_host_created').on(t.hostUserId, t.createdAt.desc()),
    index('meetings_host_scheduled').on(t.hostUserId, t.scheduledStart),
    // The order of a user's list: by start, or by creation where there is none.
    index('meetings_host_time').on(t.hostUserId, sql`coalesce(${t.scheduledStart}, ${t.createdAt})`, t.id),
    index('meetings_status_scheduled').on(t.status, t.scheduledStart),
    index('meetings_active').on(t.status).where(sql`${t.status} = 'active'`),
  ],
);

export const occurrenceStatus = pgEnum('occurrence_status', ['scheduled', 'held', 'cancelled']);

/** Single dates of a recurring meeting. */
export const meetingOccurrences = pgTable(
  'meeting_occurrences',
  {
    id: uuidKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    /** Where the rule puts it; identifies the occurrence when it is moved (RFC 5545 RECURRENCE-ID). */
    originalStart: moment('original_start').notNull(),
    startsAt: moment('starts_at').notNull(),
    endsAt: moment('ends_at').notNull(),
    status: occurrenceStatus('status').notNull().default('scheduled'),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('meeting_occurrences_original').on(t.meetingId, t.originalStart),
    index('meeting_occurrences_starts').on(t.startsAt),
  ],
);
