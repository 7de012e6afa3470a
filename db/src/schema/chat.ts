import { index, pgTable, primaryKey, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { moment, outboxSeq } from './columns.ts';

/**
 * Partitioned by month of `sent_at`, which drizzle cannot say: the migration does. The key therefore contains
 * `sent_at`; a message's never changes, so it is as unique as the first two columns.
 *
 * No foreign keys: the table is by far the largest, rows come before those they belong to, and old months go
 * by dropping a partition.
 */
export const chatMessages = pgTable(
  'chat_messages',
  {
    meetingSessionId: uuid('meeting_session_id').notNull(),
    messageId: uuid('message_id').notNull(),
    sentAt: moment('sent_at').notNull(),
    meetingId: uuid('meeting_id').notNull(),
    senderId: uuid('sender_id').notNull(),
    /** As it was then, to show without a join. */
    senderName: varchar('sender_name', { length: 100 }).notNull(),
    /** Null for a message to everyone. */
    recipientId: uuid('recipient_id'),
    content: text('content').notNull(),
    outboxSeq: outboxSeq(),
  },
  (t) => [
    primaryKey({ columns: [t.meetingSessionId, t.messageId, t.sentAt] }),
    index('chat_messages_meeting').on(t.meetingId, t.sentAt),
  ],
);
