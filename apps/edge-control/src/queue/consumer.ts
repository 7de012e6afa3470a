import { CONFIG } from '../config.ts';
import type { ApiEnv } from '../env.ts';
import { roomStub } from '../http/room-stub.ts';
import { log } from '../log.ts';
import { sqlState } from '../storage/database.ts';
import { cacheStatus } from '../storage/meeting-cache.ts';
import { within } from '../timeout.ts';
import { retryDelaySeconds } from './backoff.ts';
import type { OutboxBatch } from './contract.ts';
import { type Poison, poisonOf, type ReadBatch, readBatch } from './read-batch.ts';
import { rowsOf } from './rows.ts';
import { writeRows } from './write-rows.ts';

/** The bindings it works with. */
export type ConsumerEnv = Pick<
  ApiEnv,
  'DATABASE_URL' | 'NEON_LOCAL' | 'MEETING_CACHE' | 'DEAD_LETTERS' | 'ROOMS'
>;

type Delivery = { message: Message; read: ReadBatch };

/**
 * Rooms' outboxes into Postgres. All messages at once; only when the database objects to something, or fails
 * again and again, message by message and then record by record. So what is bad goes to the dead letters and
 * nothing waits for it.
 */
export async function consume(batch: MessageBatch, env: ConsumerEnv): Promise<void> {
  const deliveries: Delivery[] = [];
  for (const message of batch.messages) {
    const read = readBatch(message.body);
    if (read) deliveries.push({ message, read });
    else await settle(env, message, [{ reason: 'not an outbox batch', message: message.body }]);
  }
  const all = await tryWrite(
    env,
    deliveries.map(({ read }) => read.batch),
  );
  if (all === 'later' && batch.messages.every(({ attempts }) => attempts < CONFIG.queue.separateAfter)) {
    for (const { message } of deliveries) retryLater(message);
    return;
  }
  const confirmations: Promise<void>[] = [];
  for (const { message, read } of deliveries) {
    const objections = all === 'done' ? [] : await writeSingly(env, read.batch);
    if (objections === 'later') {
      retryLater(message);
      continue;
    }
    if (await settle(env, message, [...read.poison, ...objections])) confirmations.push(confirm(env, read));
  }
  await Promise.all(confirmations);
}

/** Message by message, then record by record. What the database will never take comes back. */
async function writeSingly(env: ConsumerEnv, batch: OutboxBatch): Promise<Poison[] | 'later'> {
  const whole = await tryWrite(env, [batch]);
  if (whole === 'later') return 'later';
  if (whole === 'done') return [];
  const objections: Poison[] = [];
  for (const { seq, record } of batch.records) {
    const outcome = await tryWrite(env, [{ ...batch, records: [{ seq, record }] }]);
    if (outcome === 'later') return 'later';
    if (outcome !== 'done') objections.push(poisonOf(batch, seq, record, outcome.objection));
  }
  return objections;
}

/** `later` when the database cannot be asked now; its objection when it answered with one. */
async function tryWrite(
  env: ConsumerEnv,
  batches: readonly OutboxBatch[],
): Promise<'done' | 'later' | { objection: string }> {
  try {
    const changed = await writeRows(env, rowsOf(batches));
    for (const { id, status } of changed) await cacheStatus(env.MEETING_CACHE, id, status);
    return 'done';
  } catch (error) {
    const state = sqlState(error);
    log('warn', 'outbox rows were not written', { error, sql_state: state });
    // 22: a value that does not fit; 23: a constraint. Anything else is the statement's fault or the server's.
    return state !== undefined && /^2[23]/.test(state) ? { objection: `SQLSTATE ${state}` } : 'later';
  }
}

/** Acknowledges a message once what is bad in it lies with the dead letters. */
async function settle(env: ConsumerEnv, message: Message, poison: readonly Poison[]): Promise<boolean> {
  try {
    for (const letter of poison) {
      log('error', 'outbox record to the dead letters', { reason: letter.reason });
      await within(env.DEAD_LETTERS.send(letter), CONFIG.queue.deadLetterTimeoutMs, 'the dead letter queue');
    }
  } catch (error) {
    log('error', 'the dead letter queue does not answer', { error });
    retryLater(message);
    return false;
  }
  message.ack();
  return true;
}

/** Lets the room forget the rows. If that fails the room sends them again, and they change nothing. */
async function confirm(env: ConsumerEnv, { batch, upToSeq }: ReadBatch): Promise<void> {
  if (upToSeq === 0) return;
  try {
    const room = roomStub(env.ROOMS, batch.meeting_id);
    await within(
      room.confirmOutbox(batch.meeting_session_id, upToSeq),
      CONFIG.queue.confirmTimeoutMs,
      'the room',
    );
  } catch (error) {
    log('warn', 'a room was not told that its outbox is written', { meeting_id: batch.meeting_id, error });
  }
}

function retryLater(message: Message): void {
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random) });
}
