import { bigint, index, integer, pgEnum, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, moment, uuidKey } from './columns.ts';
import { meetings } from './meetings.ts';

export const recordingStatus = pgEnum('recording_status', ['recording', 'processing', 'ready', 'failed']);

export const recordings = pgTable(
  'recordings',
  {
    id: uuidKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    meetingSessionId: uuid('meeting_session_id').notNull(),
    status: recordingStatus('status').notNull().default('recording'),
    format: varchar('format', { length: 20 }).notNull().default('mp4'),
    /** In object storage; null until something has been uploaded. */
    storageKey: varchar('storage_key', { length: 500 }),
    transcriptKey: varchar('transcript_key', { length: 500 }),
    durationSeconds: integer('duration_seconds'),
    fileSizeBytes: bigint('file_size_bytes', { mode: 'number' }),
    /** Why it failed, for people. */
    failure: text('failure'),
    createdAt: createdAt(),
    completedAt: moment('completed_at'),
  },
  (t) => [index('recordings_meeting').on(t.meetingId, t.createdAt)],
);
