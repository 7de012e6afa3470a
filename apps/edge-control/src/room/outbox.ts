import type { OutboxBatch, OutboxRecord } from '../queue/contract.ts';
import { ROOM } from './config.ts';
import type { Database } from './database.ts';

type Row = {
  meeting_id: string;
  meeting_session_id: string;
  seq: number;
  body: string;
  sent_at: number | null;
  attempts: number;
};

/** When rows that were sent `attempts` times are sent again. */
export function resendDelay(attempts: number): number {
  return Math.min(ROOM.outbox.resendAfterMs * 2 ** Math.max(attempts - 1, 0), ROOM.outbox.resendMaxMs);
}

/**
 * Rows on their way to Postgres. They stay until the queue consumer has confirmed them.
 *
 * A confirmation names only the last row of a batch, and the queue may deliver batches in any order. So every
 * batch begins at the oldest unconfirmed row and the next one waits for its confirmation: then "up to" is true.
 */
export class Outbox {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(
    session: { meeting_id: string; meeting_session_id: string; seq: number },
    record: OutboxRecord,
  ): void {
    this.#db.run(
      'insert into outbox (meeting_id, meeting_session_id, seq, body) values (?, ?, ?, ?)',
      session.meeting_id,
      session.meeting_session_id,
      session.seq,
      JSON.stringify(record),
    );
  }

  /** Rows of a session that are not confirmed. Seqs have no gaps, so two look-ups in the index tell. */
  backlog(meetingSessionId: string): number {
    const row = this.#db.first<{ oldest: number | null; newest: number | null }>(
      `select (select min(seq) from outbox where meeting_session_id = ?1) as oldest,
              (select max(seq) from outbox where meeting_session_id = ?1) as newest`,
      meetingSessionId,
    );
    return row?.oldest == null || row.newest === null ? 0 : row.newest - row.oldest + 1;
  }

  get isEmpty(): boolean {
    return !this.#db.first('select 1 from outbox limit 1');
  }

  isDrained(meetingSessionId: string): boolean {
    return !this.#db.first('select 1 from outbox where meeting_session_id = ? limit 1', meetingSessionId);
  }

  /** The batch each session may send now. */
  due(now: number): OutboxBatch[] {
    const batches: OutboxBatch[] = [];
    for (const head of this.#heads()) {
      if (head.sent_at !== null && head.sent_at + resendDelay(head.attempts) > now) continue;
      const batch: OutboxBatch = {
        meeting_id: head.meeting_id,
        meeting_session_id: head.meeting_session_id,
        records: [],
      };
      let bytes = 0;
      for (const row of this.#rows(head)) {
        bytes += new TextEncoder().encode(row.body).byteLength;
        if (batch.records.length > 0 && bytes > ROOM.outbox.batchBytes) break;
        batch.records.push({ seq: row.seq, record: JSON.parse(row.body) });
      }
      batches.push(batch);
    }
    return batches;
  }

  /** Marked before it is sent: if the room stops in between, the batch is sent again later. */
  markSent(batch: OutboxBatch, now: number): void {
    this.#db.run(
      'update outbox set sent_at = ?, attempts = attempts + 1 where meeting_session_id = ? and seq <= ?',
      now,
      batch.meeting_session_id,
      batch.records.at(-1)?.seq ?? 0,
    );
  }

  confirm(meetingSessionId: string, upToSeq: number): void {
    this.#db.run(
      'delete from outbox where meeting_session_id = ? and seq <= ? and sent_at is not null',
      meetingSessionId,
      upToSeq,
    );
  }

  /** When there is something to send; null when there is nothing. */
  next(now: number): number | null {
    let next: number | null = null;
    for (const { sent_at, attempts } of this.#heads()) {
      const at = sent_at === null ? now : sent_at + resendDelay(attempts);
      next = Math.min(at, next ?? at);
    }
    return next;
  }

  /** The oldest row of each session. */
  #heads(): Row[] {
    return this.#db.all<Row>(
      `select o.* from outbox o join
         (select meeting_session_id as id, min(seq) as seq from outbox group by meeting_session_id) oldest
       on o.meeting_session_id = oldest.id and o.seq = oldest.seq`,
    );
  }

  #rows(head: Row): Row[] {
    return this.#db.all<Row>(
      'select * from outbox where meeting_session_id = ? order by seq limit ?',
      head.meeting_session_id,
      ROOM.outbox.batchRows,
    );
  }
}
