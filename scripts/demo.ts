// npm run demo: everything on this machine, and a meeting in which three synthetic people talk, until Ctrl-C.
import path from 'node:path';
import { DemoMeeting } from './demo/demo-meeting.ts';
import { runInForeground } from './foreground.ts';
import { startLocalStack } from './local-stack.ts';

await runInForeground(async (foreground) => {
  const stack = await startLocalStack(foreground);
  try {
    const demo = await DemoMeeting.start({
      origin: stack.url,
      cacheDir: path.join(stack.dataDir, 'demo'),
      signal: foreground.signal,
    });
    console.log(`\n  Three people are waiting for you:  ${demo.joinUrl}\n  Ctrl-C stops it.\n`);
    return { close: async () => void (await Promise.all([demo.close(), stack.close()])) };
  } catch (error) {
    await stack.close();
    throw error;
  }
});
