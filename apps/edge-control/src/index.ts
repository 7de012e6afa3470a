/** Entry of the script `meridian-api`. */
import type { ApiEnv } from './env.ts';
import { createApp } from './http/app.ts';
import { consume } from './queue/consumer.ts';
import { ensureChatPartitions } from './storage/partitions.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  queue: (batch, env) => consume(batch, env),
  scheduled: (_controller, env) => ensureChatPartitions(env),
} satisfies ExportedHandler<ApiEnv>;
