import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a process with `--import`: at each SIGUSR2 it appends to the file named by LOOP_DELAY_FILE the 99th
 * percentile of the event loop's delay since the last one, in milliseconds.
 */
const RESOLUTION = 10;
const file = process.env.LOOP_DELAY_FILE;
if (file === undefined) throw new Error('LOOP_DELAY_FILE is not set');

const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
process.on('SIGUSR2', () => {
  // What is recorded is the time between two ticks, the resolution included.
  const ms = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION);
  delay.reset();
  appendFileSync(file, `${ms}\n`);
});
