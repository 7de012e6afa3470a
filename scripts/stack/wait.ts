import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess } from './process.ts';

const INTERVAL = 50;
/** A server that is starting may accept and then not answer. */
const REQUEST_TIMEOUT = 2_000;

export type Readiness = {
  readonly url: string;
  readonly what: string;
  readonly timeout: number;
  /** What the body of a 200 has to fulfil, too. */
  readonly accept?: (body: string) => boolean;
  /** If one of these goes, there is nothing to wait for. The end of their output explains a failure. */
  readonly processes: readonly ManagedProcess[];
};

/** Polls until `url` answers 200 with an acceptable body. */
export async function waitUntilReady({ url, what, timeout, accept, processes }: Readiness): Promise<void> {
  const deadline = performance.now() + timeout;
  let last = 'no answer';
  while (performance.now() < deadline) {
    const gone = processes.find((process) => !process.running);
    if (gone) {
      throw new Error(`${what}: ${gone.name} ended (${await gone.exited})\n${gone.lastLines()}`);
    }
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
      const body = await response.text();
      if (response.status === 200 && (accept?.(body) ?? true)) return;
      last = `${response.status} ${body.slice(0, 200)}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await sleep(INTERVAL);
  }
  const output = processes.map((process) => process.lastLines()).join('\n');
  throw new Error(`${what}: ${url} was not ready within ${timeout / 1000} s (last: ${last})\n${output}`);
}
