import { PortInUseError } from './stack/ports.ts';

export type Foreground = {
  /** Aborted by Ctrl-C, also while things are still being started. */
  readonly signal: AbortSignal;
  /** To be called when a component has gone by itself: everything ends then. */
  readonly onCrash: (component: string, outcome: string) => void;
};

/** Starts something, and stops it at Ctrl-C or when a part of it crashes. Ends the process. */
export async function runInForeground(
  start: (foreground: Foreground) => Promise<{ close(): Promise<void> }>,
): Promise<never> {
  const interruption = new AbortController();
  const ended = Promise.withResolvers<{ reason: string; exitCode: number }>();
  // A second signal is taken for the first: npm and the terminal may both send it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      ended.resolve({ reason: signal, exitCode: 0 });
      interruption.abort();
    });
  }
  try {
    const running = await start({
      signal: interruption.signal,
      onCrash: (component, outcome) =>
        ended.resolve({ reason: `${component} ended: ${outcome}`, exitCode: 1 }),
    });
    const { reason, exitCode } = await ended.promise;
    console.log(`stopping (${reason})`);
    await running.close();
    console.log('stopped');
    process.exit(exitCode);
  } catch (error) {
    if (interruption.signal.aborted) {
      console.log('stopped');
      process.exit(0);
    }
    // A port in use is the user's to solve: no stack trace.
    console.error(error instanceof PortInUseError ? error.message : error);
    process.exit(1);
  }
}
