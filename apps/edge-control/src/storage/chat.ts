import { chatMessages, meetingParticipants } from '@meridian/db/schema';
import { ChatMessage } from '@meridian/protocol';
import { and, desc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { type DatabaseEnv, query } from './database.ts';
import type { Position } from './position.ts';

/** Who reads the chat of a meeting, which decides what of it is theirs to see. */
export type ChatReader =
  | { kind: 'participant'; participantId: string }
  /** Null: by the host key, without being anybody. */
  | { kind: 'owner'; userId: string | null };

/**
 * A stretch of the chat as Postgres has it, newest first, of what comes before `before`.
 *
 * A participant sees the session they were in until they left: what was said to all, and what they wrote or were
 * written. The owner sees all sessions: what was said to all, and what they wrote or were written themselves.
 */
export async function chatBefore(
  env: DatabaseEnv,
  meetingId: string,
  reader: ChatReader,
  before: Position | null,
  limit: number,
): Promise<ChatMessage[]> {
  const rows = await query(env, CONFIG.storage.queryTimeoutMs, async (db) =>
    db
      .select()
      .from(chatMessages)
      .where(
        and(
          eq(chatMessages.meetingId, meetingId),
          reader.kind === 'participant'
            ? visibleTo(meetingId, reader.participantId)
            : visibleToOwner(meetingId, reader.userId),
          before
            ? sql`(${chatMessages.sentAt}, ${chatMessages.messageId}) < (${new Date(before.at).toISOString()}::timestamptz, ${before.id}::uuid)`
            : undefined,
        ),
      )
      .orderBy(desc(chatMessages.sentAt), desc(chatMessages.messageId))
      .limit(limit),
  );
  return rows.map((row) =>
    ChatMessage.parse({
      message_id: row.messageId,
      sender_id: row.senderId,
      sender_name: row.senderName,
      text: row.content,
      ...(row.recipientId === null ? {} : { recipient_id: row.recipientId }),
      sent_at: row.sentAt.getTime(),
    }),
  );
}

function visibleTo(meetingId: string, participantId: string): SQL | undefined {
  return and(
    sql`EXISTS (
      SELECT 1 FROM ${meetingParticipants} AS stay
      WHERE stay.meeting_id = ${meetingId}
        AND stay.participant_id = ${participantId}
        AND stay.meeting_session_id = ${chatMessages.meetingSessionId}
        AND ${chatMessages.sentAt} <= coalesce(stay.left_at, 'infinity')
    )`,
    or(
      isNull(chatMessages.recipientId),
      eq(chatMessages.recipientId, participantId),
      eq(chatMessages.senderId, participantId),
    ),
  );
}

function visibleToOwner(meetingId: string, userId: string | null): SQL | undefined {
  if (userId === null) return isNull(chatMessages.recipientId);
  return or(
    isNull(chatMessages.recipientId),
    sql`EXISTS (
      SELECT 1 FROM ${meetingParticipants} AS own
      WHERE own.meeting_id = ${meetingId}
        AND own.user_id = ${userId}
        AND own.participant_id IN (${chatMessages.senderId}, ${chatMessages.recipientId})
    )`,
  );
}
