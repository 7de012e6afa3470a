import type { chatMessages, meetingParticipants, meetingSessions } from '@meridian/db/schema';
import { storable } from '../storage/storable.ts';
import type { OutboxBatch, OutboxRecord } from './contract.ts';

export type Rows = {
  sessions: (typeof meetingSessions.$inferInsert)[];
  participants: (typeof meetingParticipants.$inferInsert)[];
  chat: (typeof chatMessages.$inferInsert)[];
};

type Head = { meetingId: string; meetingSessionId: string; outboxSeq: number };
type Of<K extends OutboxRecord['kind']> = Extract<OutboxRecord, { kind: K }>;

/**
 * Rows to write, the newest of each key only: Postgres refuses a statement that would change the same row
 * twice.
 */
export function rowsOf(batches: readonly OutboxBatch[]): Rows {
  const sessions = new Map<string, Rows['sessions'][number]>();
  const participants = new Map<string, Rows['participants'][number]>();
  const chat = new Map<string, Rows['chat'][number]>();
  for (const { meeting_id, meeting_session_id, records } of batches) {
    for (const { seq, record } of records) {
      const head = { meetingId: meeting_id, meetingSessionId: meeting_session_id, outboxSeq: seq };
      switch (record.kind) {
        case 'meeting_session':
          keepNewest(sessions, meeting_session_id, sessionRow(head, record));
          break;
        case 'participant':
          keepNewest(
            participants,
            `${meeting_session_id}|${record.participant_id}`,
            participantRow(head, record),
          );
          break;
        case 'chat':
          keepNewest(chat, `${meeting_session_id}|${record.message_id}`, chatRow(head, record));
      }
    }
  }
  return {
    sessions: [...sessions.values()],
    participants: [...participants.values()],
    chat: [...chat.values()],
  };
}

function keepNewest<R extends { outboxSeq: number }>(rows: Map<string, R>, key: string, row: R): void {
  const former = rows.get(key);
  if (!former || former.outboxSeq < row.outboxSeq) rows.set(key, row);
}

function sessionRow(head: Head, record: Of<'meeting_session'>): Rows['sessions'][number] {
  return {
    id: head.meetingSessionId,
    meetingId: head.meetingId,
    status: record.status,
    startedAt: new Date(record.started_at),
    endedAt: dateOrNull(record.ended_at),
    endedByHost: record.status === 'ended' ? (record.ended_by_host ?? true) : null,
    settings: record.settings,
    outboxSeq: head.outboxSeq,
  };
}

function participantRow(head: Head, record: Of<'participant'>): Rows['participants'][number] {
  return {
    ...head,
    participantId: record.participant_id,
    userId: record.user_id,
    displayName: storable(record.display_name),
    role: record.role,
    joinedAt: new Date(record.joined_at),
    leftAt: dateOrNull(record.left_at),
    nodeId: record.node_id,
    region: record.region,
  };
}

function chatRow(head: Head, record: Of<'chat'>): Rows['chat'][number] {
  return {
    ...head,
    messageId: record.message_id,
    sentAt: new Date(record.sent_at),
    senderId: record.sender_id,
    senderName: storable(record.sender_name),
    recipientId: record.recipient_id,
    content: storable(record.text),
  };
}

function dateOrNull(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
