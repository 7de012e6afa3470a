import { bigint, index, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, moment, uuidKey } from './columns.ts';
import { meetings } from './meetings.ts';

/** Files shared in the chat; their bytes are in object storage. */
export const files = pgTable(
  'files',
  {
    id: uuidKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    meetingSessionId: uuid('meeting_session_id').notNull(),
    uploadedBy: uuid('uploaded_by').notNull(),
    name: varchar('name', { length: 255 }).notNull(),
    contentType: varchar('content_type', { length: 255 }).notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    storageKey: varchar('storage_key', { length: 255 }).notNull().unique(),
    sha256: text('sha256').notNull(),
    createdAt: createdAt(),
    deletedAt: moment('deleted_at'),
  },
  (t) => [index('files_meeting').on(t.meetingId, t.createdAt)],
);
