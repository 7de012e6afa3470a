/** Waits until `check` answers something other than null, undefined or false; fails with what was last seen. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  describe: () => Promise<string> | string = () => '',
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end)
      throw new Error(`gave up after ${timeoutMs} ms: ${what} ${await describe()}`);
    await pause(100);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
