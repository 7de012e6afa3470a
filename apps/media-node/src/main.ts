import * as mediasoup from 'mediasoup';
import { SHUTDOWN_TIMEOUT } from './config.ts';
import { parseConfig } from './env.ts';
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
  let leaving = false;
  const leave = async () => {
    leaving = true;
    // Frames that say goodbye need a moment to go out; nothing else is waited for.
    setTimeout(() => process.exit(0), SHUTDOWN_TIMEOUT).unref();
    await node.close();
  };
  let asked = 0;
  const stop = async (signal: string) => {
    asked += 1;
    logger.info({ signal }, asked === 1 ? 'asked to stop' : 'asked to stop at once');
    // Asked again: somebody does not want to wait.
    if (asked === 1) await node.drain(config.DRAIN_TIMEOUT * 1_000);
    if (!leaving) await leave();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      });
    });
  }
  process.on('SIGHUP', () => void node.reloadCertificate());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
