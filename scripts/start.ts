// npm start: everything on this machine, until Ctrl-C.
import { runInForeground } from './foreground.ts';
import { startLocalStack } from './local-stack.ts';

const started = performance.now();
await runInForeground(async (foreground) => {
  const stack = await startLocalStack(foreground);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\n  Meridian is up (${seconds} s):  ${stack.url}\n  Ctrl-C stops it.\n`);
  return stack;
});
