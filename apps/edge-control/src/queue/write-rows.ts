import { chatMessages, meetingParticipants, meetingSessions } from '@meridian/db/schema';
import { MeetingId, MeetingStatus } from '@meridian/protocol';
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import { type Database, type DatabaseEnv, query } from '../storage/database.ts';
import type { Rows } from './rows.ts';

const Changed = z.object({ id: MeetingId, status: MeetingStatus });

/** Writes all of it in one transaction. Tells the meetings whose session began or ended, with their status. */
export async function writeRows(env: DatabaseEnv, rows: Rows): Promise<z.infer<typeof Changed>[]> {
  return query(env, CONFIG.storage.batchTimeoutMs, async (db) => {
    const [first, ...rest] = statements(db, rows);
    if (!first) return [];
    const results = await db.batch([first, ...rest]);
    if (rows.sessions.length === 0) return [];
    return z.object({ rows: z.array(Changed) }).parse(results.at(-1)).rows;
  });
}

function statements(db: Database, { sessions, participants, chat }: Rows): BatchItem<'pg'>[] {
  const items: BatchItem<'pg'>[] = [];
  for (const values of chunked(participants)) {
    items.push(
      db
        .insert(meetingParticipants)
        .values(values)
        .onConflictDoUpdate({
          target: [meetingParticipants.meetingSessionId, meetingParticipants.participantId],
          ...newestWins(meetingParticipants, meetingParticipants.outboxSeq),
        }),
    );
  }
  for (const values of chunked(chat)) {
    items.push(
      db
        .insert(chatMessages)
        .values(values)
        .onConflictDoUpdate({
          target: [chatMessages.meetingSessionId, chatMessages.messageId, chatMessages.sentAt],
          ...newestWins(chatMessages, chatMessages.outboxSeq),
        }),
    );
  }
  for (const values of chunked(sessions)) {
    items.push(
      db
        .insert(meetingSessions)
        .values(values)
        .onConflictDoUpdate({
          target: meetingSessions.id,
          ...newestWins(meetingSessions, meetingSessions.outboxSeq),
        }),
    );
  }
  // Last, as it reads what the others wrote, and as its answer is looked for there.
  if (sessions.length > 0) items.push(db.execute(meetingsFollow(sessions.map(({ meetingId }) => meetingId))));
  return items;
}

/** Takes over every column of the new row, unless the row there is of a later seq. */
function newestWins(table: PgTable, seq: PgColumn): { set: Record<string, SQL>; setWhere: SQL } {
  const set: Record<string, SQL> = {};
  for (const [name, column] of Object.entries(getTableColumns(table))) {
    if (column.generated === undefined) set[name] = sql`excluded.${sql.identifier(column.name)}`;
  }
  return { set, setWhere: sql`excluded.${sql.identifier(seq.name)} > ${seq}` };
}

/**
 * A meeting is what its newest session says, until its owner closes it. Only a host ends it; when everybody has
 * merely left, it can be held again.
 */
function meetingsFollow(meetingIds: readonly string[]): SQL {
  return sql`
    UPDATE meetings AS m
    SET status = (CASE
          WHEN m.closed_at IS NOT NULL THEN 'ended'
          WHEN s.status = 'active' THEN 'active'
          WHEN s.ended_by_host THEN 'ended'
          ELSE 'scheduled'
        END)::meeting_status,
        actual_start = s.started_at,
        actual_end = s.ended_at,
        updated_at = now()
    FROM (
      SELECT DISTINCT ON (meeting_id) *
      FROM meeting_sessions
      WHERE meeting_id IN ${[...new Set(meetingIds)]}
      ORDER BY meeting_id, started_at DESC
    ) AS s
    WHERE m.id = s.meeting_id
    RETURNING m.id, m.status`;
}

function* chunked<R>(rows: readonly R[]): Generator<R[]> {
  for (let i = 0; i < rows.length; i += CONFIG.queue.rowsPerStatement) {
    yield rows.slice(i, i + CONFIG.queue.rowsPerStatement);
  }
}
