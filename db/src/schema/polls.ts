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
import { meetings } from './meetings.ts';

export const pollStatus = pgEnum('poll_status', ['draft', 'open', 'closed']);

export const polls = pgTable(
  'polls',
  {
    id: uuid('id').primaryKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    meetingSessionId: uuid('meeting_session_id').notNull(),
    createdBy: uuid('created_by').notNull(),
    question: varchar('question', { length: 500 }).notNull(),
    options: jsonb('options').$type<string[]>().notNull(),
    multiple: boolean('multiple').notNull().default(false),
    anonymous: boolean('anonymous').notNull().default(false),
    status: pollStatus('status').notNull(),
    createdAt: moment('created_at').notNull(),
    closedAt: moment('closed_at'),
    outboxSeq: outboxSeq(),
  },
  (t) => [index('polls_meeting').on(t.meetingId, t.createdAt)],
);

/** Without a key to `polls`: a vote may come through the queue before its poll. */
export const pollVotes = pgTable(
  'poll_votes',
  {
    pollId: uuid('poll_id').notNull(),
    participantId: uuid('participant_id').notNull(),
    /** Positions in the poll's options. */
    choices: integer('choices').array().notNull(),
    votedAt: moment('voted_at').notNull(),
    outboxSeq: outboxSeq(),
  },
  (t) => [primaryKey({ columns: [t.pollId, t.participantId] })],
);
