import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; fails with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 8_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still waiting after ${ms} ms: ${what}`);
    await sleep(10);
  }
}
