import * as mediasoup from 'mediasoup';
import { parseConfig, SHUTDOWN_TIMEOUT } from './config.ts';
import { createLogger } from './logger.ts';
import { MediaNode } from './media-node.ts';

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  const logger = createLogger(config);
  mediasoup.setLogEventListeners({
    onwarn: (namespace, text) => logger.warn({ namespace }, text),
    onerror: (namespace, text, error) => logger.error({ namespace, err: error }, text),
  });
  // One request that fails in an unforeseen way must not end the meetings of everybody else.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'));
  const node = await MediaNode.start(config, logger);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    // Frames that say goodbye need a moment to leave; nothing else is waited for.
    const timer = setTimeout(() => process.exit(0), SHUTDOWN_TIMEOUT);
    timer.unref();
    node.close().catch((error: unknown) => {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
