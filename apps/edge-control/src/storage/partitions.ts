import { sql } from 'drizzle-orm';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import { type DatabaseEnv, query } from './database.ts';

/** Makes the next months' partitions of the chat. Daily; a day that fails is made up for by the next. */
export async function ensureChatPartitions(env: DatabaseEnv): Promise<void> {
  try {
    await query(env, CONFIG.storage.batchTimeoutMs, async (db) =>
      db.execute(sql`SELECT ensure_chat_partitions(${CONFIG.partitions.monthsAhead}::integer)`),
    );
  } catch (error) {
    log('error', 'partitions of the chat could not be made', { error });
  }
}
