import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLOSE } from '@meridian/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestFleet } from './testing/fleet.ts';
import { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const PORT = 23600;

let fleet: TestFleet;
let child: ChildProcess | null = null;

beforeEach(async () => {
  fleet = await TestFleet.start(23650, []);
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await fleet.close();
});

function start(env: Record<string, string>): { output: () => string; exited: Promise<number | null> } {
  child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...fleet.environment('node-a', PORT), ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  const exited = new Promise<number | null>((resolve) => child?.once('exit', resolve));
  return { output: () => output, exited };
}

test('names the variable that is wrong', async () => {
  const { output, exited } = start({ MEDIA_PORT: 'many', REGION: 'Not A Label' });
  expect(await exited).toBe(1);
  expect(output()).toMatch(/MEDIA_PORT: /);
  expect(output()).toMatch(/REGION: expected a region/);
});

test.each(['SIGTERM', 'SIGINT'] as const)('on %s says goodbye and is gone in time', async (signal) => {
  const { output, exited } = start({ LOG_LEVEL: 'info' });
  await until('the node', () => output().includes('registered'), 20_000);
  const client = fleet.track(await MediaClient.open(`ws://127.0.0.1:${PORT}`));
  await client.hello(await fleet.token(fleet.member(), { nodes: ['node-a'] }));
  const from = performance.now();
  child?.kill(signal);
  expect(await client.closed()).toBe(CLOSE.unavailable);
  expect(await exited).toBe(0);
  expect(performance.now() - from).toBeLessThan(1_500);
  const last = fleet.control.cellMessages.at(-1);
  expect(last?.type === 'heartbeat' ? last.load.state : last?.type).toBe('draining');
  for (const line of output().trim().split('\n'))
    expect(JSON.parse(line)).toHaveProperty('node_id', 'node-a');
});
