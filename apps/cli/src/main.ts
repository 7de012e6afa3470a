#!/usr/bin/env node
import { parseCommand } from './arguments.ts';
import { FleetApi, settingsFrom } from './fleet-api.ts';
import { run } from './run.ts';
import { UsageError } from './usage.ts';

const CLEAR = '\u001b[2J\u001b[H';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

try {
  await run(parseCommand(process.argv.slice(2)), () => new FleetApi(settingsFrom(process.env)), {
    write: (text) => void process.stdout.write(text),
    clear: () => void (process.stdout.isTTY && process.stdout.write(CLEAR)),
    signal: interrupted.signal,
  });
} catch (error) {
  if (interrupted.signal.aborted) {
    process.exitCode = 130;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write('meridian --help says more\n');
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
