import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLOSE } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

/** Starts a node that may drain for so many seconds, and lets somebody in. */
async function startWithClient(drainTimeout: number) {
  const node = start({ LOG_LEVEL: 'info', DRAIN_TIMEOUT: String(drainTimeout) });
  await until('the node', () => node.output().includes('"registered"'), 20_000);
  const client = await join();
  await until('the room link', () => fleet.room.links.has('node-a'));
  return { ...node, client };
}

async function join(): Promise<MediaClient> {
  const token = await fleet.token(fleet.member(), { nodes: ['node-a'] });
  return fleet.track(await MediaClient.join(`ws://127.0.0.1:${PORT}`, token));
}

const lastLoad = () => {
  const last = fleet.control.cellMessages.at(-1);
  return last?.type === 'heartbeat' ? last.load : null;
};
const draining = () => fleet.room.events.filter((event) => event.type === 'draining');

test.each(['SIGTERM', 'SIGINT'] as const)('on %s says goodbye and is gone in time', async (signal) => {
  const { output, exited, client } = await startWithClient(0);
  const from = performance.now();
  child?.kill(signal);
  expect(await client.closed()).toBe(CLOSE.goingAway);
  expect(await exited).toBe(0);
  expect(performance.now() - from).toBeLessThan(1_500);
  expect(lastLoad()?.state).toBe('draining');
  for (const line of output().trim().split('\n'))
    expect(JSON.parse(line)).toHaveProperty('node_id', 'node-a');
});

describe('a drain', () => {
  test('keeps who is here, takes nobody new, and ends when all have been moved', async () => {
    const { exited, client } = await startWithClient(60);
    await client.publish('microphone');
    const from = Date.now();
    child?.kill('SIGTERM');
    await until('the word to the room', () => draining().length === 1);
    const [word] = draining();
    expect(word?.type === 'draining' ? (word.deadline ?? 0) - from : 0).toBeGreaterThan(55_000);
    await until('the word to the cell', () => lastLoad()?.state === 'draining');
    const ready = await fetch(`http://127.0.0.1:${PORT}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { reasons: ['draining'] }]);
    // A link that comes back hears it, too.
    fleet.room.drop('node-a');
    await until('the word over the new link', () => draining().length === 2);
    const newcomer = fleet.track(await MediaClient.open(`ws://127.0.0.1:${PORT}`));
    const token = await fleet.token(fleet.member(), { nodes: ['node-a'] });
    await expect(newcomer.hello(token)).rejects.toMatchObject({ code: 'no_capacity' });
    expect(await newcomer.closed()).toBe(CLOSE.unavailable);
    // Whoever is here goes on as before.
    await client.publish('camera');
    expect(client.closeCode).toBeNull();
    client.close();
    expect(await exited).toBe(0);
  });

  test('ends at its deadline', async () => {
    const { exited, client } = await startWithClient(1);
    const from = performance.now();
    child?.kill('SIGTERM');
    expect(await client.closed()).toBe(CLOSE.goingAway);
    expect(performance.now() - from).toBeGreaterThan(950);
    expect(await exited).toBe(0);
  });

  test('ends when it is asked for again', async () => {
    const { exited, client } = await startWithClient(600);
    child?.kill('SIGTERM');
    await until('the word to the room', () => draining().length === 1);
    const from = performance.now();
    child?.kill('SIGTERM');
    expect(await client.closed()).toBe(CLOSE.goingAway);
    expect(await exited).toBe(0);
    expect(performance.now() - from).toBeLessThan(1_500);
  });
});
