import { index, integer, pgTable, primaryKey, real, uuid, varchar } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/** What one participant experienced in one minute. Means, unless said otherwise. */
export const qoeMinutes = pgTable(
  'qoe_minutes',
  {
    meetingSessionId: uuid('meeting_session_id').notNull(),
    participantId: uuid('participant_id').notNull(),
    /** Begin of the minute. */
    minute: moment('minute').notNull(),
    meetingId: uuid('meeting_id').notNull(),
    region: varchar('region', { length: 63 }).notNull(),
    nodeId: varchar('node_id', { length: 63 }).notNull(),
    rttMs: real('rtt_ms'),
    jitterMs: real('jitter_ms'),
    /** Fractions of packets lost before repair, 0 to 1. */
    lossUp: real('loss_up'),
    lossDown: real('loss_down'),
    bitrateUp: integer('bitrate_up'),
    bitrateDown: integer('bitrate_down'),
    /** Milliseconds of frozen video and of concealed audio in the minute. */
    frozenMs: integer('frozen_ms').notNull().default(0),
    concealedMs: integer('concealed_ms').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.meetingSessionId, t.participantId, t.minute] }),
    index('qoe_minutes_meeting').on(t.meetingId, t.minute),
    index('qoe_minutes_region').on(t.region, t.minute),
  ],
);
