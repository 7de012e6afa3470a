import { type OutboxBatch, OutboxEnvelope, OutboxRecord } from './contract.ts';

export type Poison = { reason: string; message: unknown };

export type ReadBatch = {
  batch: OutboxBatch;
  /** Records that are none. */
  poison: Poison[];
  /** The last row of the message, poisonous or not: what the room may forget once all is dealt with. */
  upToSeq: number;
};

/** What is good in a queue message. Null when it is not even a batch. */
export function readBatch(body: unknown): ReadBatch | null {
  const envelope = OutboxEnvelope.safeParse(body);
  if (!envelope.success) return null;
  const { meeting_id, meeting_session_id, records } = envelope.data;
  const batch: OutboxBatch = { meeting_id, meeting_session_id, records: [] };
  const poison: Poison[] = [];
  let upToSeq = 0;
  for (const { seq, record } of records) {
    upToSeq = Math.max(upToSeq, seq);
    const parsed = OutboxRecord.safeParse(record);
    if (parsed.success) batch.records.push({ seq, record: parsed.data });
    else poison.push(poisonOf(batch, seq, record, parsed.error.issues[0]?.message ?? 'not a record'));
  }
  return { batch, poison, upToSeq };
}

/** One record as a message of its own, so that it can be put back into the queue when it has been repaired. */
export function poisonOf(
  { meeting_id, meeting_session_id }: OutboxBatch,
  seq: number,
  record: unknown,
  reason: string,
): Poison {
  return { reason, message: { meeting_id, meeting_session_id, records: [{ seq, record }] } };
}
