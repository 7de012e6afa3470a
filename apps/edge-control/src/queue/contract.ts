import {
  MeetingId,
  MeetingSessionId,
  MeetingSettings,
  ParticipantId,
  Role,
  Timestamp,
} from '@meridian/protocol';
import { z } from 'zod';

/**
 * One row of a room's outbox, as it travels through the queue to Postgres. Rows are upserts: newest wins by
 * (meeting_session_id, seq), so a row delivered twice or late changes nothing.
 */
export const OutboxRecord = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('meeting_session'),
    status: z.enum(['active', 'ended']),
    started_at: Timestamp,
    ended_at: Timestamp.nullable(),
    /** False when it ended because everybody had left: then the meeting can be held again. Absent means true. */
    ended_by_host: z.boolean().optional(),
    settings: MeetingSettings,
  }),
  z.object({
    kind: z.literal('participant'),
    participant_id: ParticipantId,
    user_id: z.uuid().nullable(),
    display_name: z.string(),
    role: Role,
    joined_at: Timestamp,
    left_at: Timestamp.nullable(),
    node_id: z.string(),
    region: z.string(),
  }),
  z.object({
    kind: z.literal('chat'),
    message_id: z.uuid(),
    sender_id: ParticipantId,
    sender_name: z.string(),
    recipient_id: ParticipantId.nullable(),
    text: z.string(),
    sent_at: Timestamp,
  }),
]);
export type OutboxRecord = z.infer<typeof OutboxRecord>;

const Head = z.object({ meeting_id: MeetingId, meeting_session_id: MeetingSessionId });
const Seq = z.number().int().positive();

/** A queue message: some consecutive rows of one room. */
export const OutboxBatch = Head.extend({
  records: z.array(z.object({ seq: Seq, record: OutboxRecord })),
});
export type OutboxBatch = z.infer<typeof OutboxBatch>;

/** The same message before its records have been looked at: one bad record must not hide the good ones. */
export const OutboxEnvelope = Head.extend({
  records: z.array(z.object({ seq: Seq, record: z.unknown() })),
});

/** What could not be written and never will be as it is. */
export type DeadLetter = { reason: string; message: unknown };
