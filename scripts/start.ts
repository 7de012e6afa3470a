// npm start: everything on this machine, until Ctrl-C.
import { PortInUseError } from './stack/ports.ts';
import { startStack } from './stack/stack.ts';

const started = performance.now();
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
  const stack = await startStack({
    signal: interruption.signal,
    onCrash: (component, outcome) => ended.resolve({ reason: `${component} ended: ${outcome}`, exitCode: 1 }),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\n  Meridian is up (${seconds} s):  ${stack.url}\n  Ctrl-C stops it.\n`);
  const { reason, exitCode } = await ended.promise;
  console.log(`stopping (${reason})`);
  await stack.close();
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
