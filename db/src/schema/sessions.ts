import { type SQL, sql } from 'drizzle-orm';
import {
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { moment, outboxSeq } from './columns.ts';
import { meetings, type StoredSettings } from './meetings.ts';
import { users } from './users.ts';

export const sessionStatus = pgEnum('session_status', ['active', 'ended']);
export const participantRole = pgEnum('participant_role', ['host', 'co_host', 'participant']);

/** One run of a meeting, from its first joiner to its end. */
export const meetingSessions = pgTable(
  'meeting_sessions',
  {
    id: uuid('id').primaryKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    status: sessionStatus('status').notNull(),
    startedAt: moment('started_at').notNull(),
    endedAt: moment('ended_at'),
    /** False when it ended because everybody had left: then the meeting can be held again. */
    endedByHost: boolean('ended_by_host'),
    /** As they were when it ran. */
    settings: jsonb('settings').$type<StoredSettings>().notNull(),
    outboxSeq: outboxSeq(),
  },
  (t) => [index('meeting_sessions_meeting').on(t.meetingId, t.startedAt.desc())],
);

/**
 * Everybody who was ever in. Refers to the meeting and not to the session, whose row may come through the
 * queue after this one.
 */
export const meetingParticipants = pgTable(
  'meeting_participants',
  {
    participantId: uuid('participant_id').notNull(),
    meetingSessionId: uuid('meeting_session_id').notNull(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    /** Null for guests. */
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    displayName: varchar('display_name', { length: 100 }).notNull(),
    role: participantRole('role').notNull(),
    joinedAt: moment('joined_at').notNull(),
    /** Null while in the meeting. */
    leftAt: moment('left_at'),
    durationSeconds: integer('duration_seconds').generatedAlwaysAs(
      (): SQL => sql`EXTRACT(EPOCH FROM ("left_at" - "joined_at"))::integer`,
    ),
    nodeId: varchar('node_id', { length: 63 }).notNull(),
    region: varchar('region', { length: 63 }).notNull(),
    outboxSeq: outboxSeq(),
  },
  (t) => [
    primaryKey({ columns: [t.meetingSessionId, t.participantId] }),
    index('meeting_participants_meeting').on(t.meetingId, t.joinedAt),
    index('meeting_participants_user').on(t.userId, t.joinedAt.desc()),
  ],
);
