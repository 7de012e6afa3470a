import { type Logger, pino } from 'pino';
import type { Config } from './env.ts';

export type { Logger };

export function createLogger(config: Pick<Config, 'LOG_LEVEL' | 'NODE_ID'>): Logger {
  return pino({ level: config.LOG_LEVEL, base: { node_id: config.NODE_ID } });
}
