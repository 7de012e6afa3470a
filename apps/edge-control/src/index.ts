/** Entry of the script `meridian-api`. */
import type { ApiEnv } from './env.ts';
import { createApp } from './http/app.ts';
import { consume } from './queue/consumer.ts';
import { ensureChatPartitions } from './storage/partitions.ts';
import { deleteEndedSessions } from './storage/user-sessions.ts';

export { IdempotencyRecord } from './http/idempotency/record.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  queue: (batch, env) => consume(batch, env),
  scheduled: async (_controller, env) => {
    await ensureChatPartitions(env);
    await deleteEndedSessions(env, Date.now());
  },
} satisfies ExportedHandler<ApiEnv>;
