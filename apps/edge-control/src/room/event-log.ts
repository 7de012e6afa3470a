import type { signaling } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { Database } from './database.ts';

type WithoutOrder<E> = E extends { v: unknown } ? Omit<E, 'v' | 'ref' | 'seq' | 'prev'> : never;

/** An ordered event before it is addressed to a recipient. */
export type EventBody = WithoutOrder<signaling.OrderedEvent>;

export type LoggedEvent = {
  seq: number;
  body: EventBody;
  /** Whom a private event is for; null when it is for everybody. */
  audience: readonly string[] | null;
  sender_id: string | null;
  /** What the sender called it; in the copy for the sender. */
  client_id: string | null;
};

type Row = {
  seq: number;
  body: string;
  /** Ids, with spaces between them. */
  audience: string | null;
  sender_id: string | null;
  client_id: string | null;
};

/** The ordered events of the session, bounded in number and age. */
export class EventLog {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(event: LoggedEvent, now: number): void {
    this.#db.run(
      'insert into events (seq, at, body, audience, sender_id, client_id) values (?, ?, ?, ?, ?, ?)',
      event.seq,
      now,
      JSON.stringify(event.body),
      event.audience?.join(' ') ?? null,
      event.sender_id,
      event.client_id,
    );
    if (event.seq % ROOM.events.trimEvery === 0) {
      this.#db.run(
        'delete from events where seq <= ? or (at < ? and seq < ?)',
        event.seq - ROOM.events.maxEvents,
        now - ROOM.events.maxAgeMs,
        event.seq,
      );
    }
  }

  /**
   * What this participant missed after `lastSeq`, in order; null when the log does not reach back that far.
   */
  since(lastSeq: number, participantId: string, currentSeq: number): LoggedEvent[] | null {
    if (lastSeq > currentSeq) return null;
    if (lastSeq === currentSeq) return [];
    const floor = this.#db.first<{ seq: number | null }>('select min(seq) as seq from events')?.seq;
    if (floor === undefined || floor === null || lastSeq < floor - 1) return null;
    if (currentSeq - lastSeq > ROOM.events.maxEvents) return null;
    return this.#db
      .all<Row>(
        `select seq, body, audience, sender_id, client_id from events
         where seq > ? and (audience is null or instr(audience, ?) > 0) order by seq`,
        lastSeq,
        participantId,
      )
      .map((row) => ({
        ...row,
        body: JSON.parse(row.body),
        audience: row.audience === null ? null : row.audience.split(' '),
      }));
  }

  clear(): void {
    this.#db.run('delete from events');
  }
}
