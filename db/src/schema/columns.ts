import { bigint, timestamp, uuid } from 'drizzle-orm/pg-core';

/** A point in time. Postgres keeps microseconds, JavaScript milliseconds; ours are all of the latter. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const createdAt = () => moment('created_at').notNull().defaultNow();
export const updatedAt = () => moment('updated_at').notNull().defaultNow();

/**
 * The seq of the room's outbox row that was written last. Rows come through a queue, twice and out of order
 * at times: an upsert only changes a row of a lower seq.
 */
export const outboxSeq = () => bigint('outbox_seq', { mode: 'number' }).notNull();

export const uuidKey = (name = 'id') => uuid(name).primaryKey().defaultRandom();
