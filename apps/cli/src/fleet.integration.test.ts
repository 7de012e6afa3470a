import { spawn } from 'node:child_process';
import path from 'node:path';
import { FleetNode, FleetNodeList } from '@meridian/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/stack/paths.ts';
import { type Stack, startStack } from '../../../scripts/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 'free', logs: 'quiet' });
});
afterAll(() => stack?.close());

type Outcome = { code: number | null; out: string; err: string };
type Running = { interrupt: () => void; outcome: Promise<Outcome>; printed: () => string };

function start(script: string, args: readonly string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [path.join(ROOT, script), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return { interrupt: () => child.kill('SIGINT'), outcome, printed: () => out };
}

function meridian(args: string, env: Record<string, string> = {}): Running {
  return start('apps/cli/src/main.ts', args.split(' '), {
    MERIDIAN_URL: stack.url,
    MERIDIAN_API_KEY: stack.operatorKey,
    ...env,
  });
}

async function json<T>(args: string, schema: { parse: (value: unknown) => T }): Promise<T> {
  const { code, out, err } = await meridian(`${args} --json`).outcome;
  expect([code, err]).toEqual([0, '']);
  return schema.parse(JSON.parse(out));
}

/** What a node says of itself takes a heartbeat to get here. */
async function eventually<T>(node: string, of: (node: FleetNode) => T, value: T): Promise<void> {
  const now = async () => of(await json(`fleet show ${node}`, FleetNode));
  await expect.poll(now, { timeout: 15_000 }).toBe(value);
}

async function invitation(node: string, region: string): Promise<string> {
  const { out } = await meridian(`fleet enrol ${node} --region ${region}`).outcome;
  return /--secret (\S+)/.exec(out)?.[1] ?? '';
}

function machine(NODE_ID: string, REGION: string): Record<string, string> {
  const NODE_KEY_FILE = path.join(stack.dataDir, 'nodes', `${NODE_ID}.json`);
  return { NODE_ID, REGION, CONTROL_URL: stack.url, NODE_KEY_FILE };
}

function enroll(secret: string, env: Record<string, string>): Promise<Outcome> {
  return start('apps/media-node/src/meridian-node.ts', ['enroll', '--secret', secret], env).outcome;
}

describe('meridian fleet', () => {
  test('lists nodes and regions', async () => {
    const { items } = await json('fleet list', FleetNodeList);
    expect(items.map(({ node, verdict }) => [node.node_id, verdict])).toEqual([
      ['eu-west-1', 'up'],
      ['us-east-1', 'up'],
    ]);
    const one = await json('fleet list --region us-east', FleetNodeList);
    expect(one.items.map(({ node }) => node.region)).toEqual(['us-east']);
    const { out } = await meridian('fleet regions').outcome;
    expect(out).toMatch(/^REGION .*\neu-west +1 .*\nus-east +1 /);
  });

  test('drains a node, which stays, and undrains it', async () => {
    const drained = await json('fleet drain eu-west-1 --wait', FleetNode);
    expect(drained).toMatchObject({ verdict: 'draining', load: { state: 'draining', participants: 0 } });
    expect(stack.nodes[0]?.running).toBe(true);
    expect((await meridian('fleet show eu-west-1').outcome).out).toContain('drain wanted');
    expect(await json('fleet undrain eu-west-1', FleetNode)).toMatchObject({ desired: 'serve' });
    await eventually('eu-west-1', ({ verdict }) => verdict, 'up');
  });

  test('keeps a node drained over its restart', async () => {
    await meridian('fleet drain us-east-1').outcome;
    await stack.nodes[1]?.restart();
    await eventually('us-east-1', ({ load }) => load?.state, 'draining');
    await meridian('fleet undrain us-east-1').outcome;
    await eventually('us-east-1', ({ verdict }) => verdict, 'up');
  });

  test('watches until it is interrupted', async () => {
    const watching = meridian('fleet watch');
    await expect.poll(() => watching.printed().match(/^NODE /gm)?.length, { timeout: 10_000 }).toBe(2);
    watching.interrupt();
    expect((await watching.outcome).code).toBe(0);
  });

  test('invites a machine, which enrols, and throws it out again', async () => {
    const secret = await invitation('eu-west-9', 'eu-west');
    const env = machine('eu-west-9', 'eu-west');
    expect(await enroll(secret, env)).toMatchObject({ code: 0, err: '' });
    // One secret, one key.
    const again = await enroll(secret, env);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('enrolment secret');
    expect((await meridian('fleet revoke eu-west-9 --yes').outcome).code).toBe(0);
    expect((await meridian('fleet show eu-west-9').outcome).err).toContain('not_found');
  });

  test('a revoked node is out, and back with a new secret', async () => {
    expect((await meridian('fleet revoke us-east-1 --yes').outcome).code).toBe(0);
    const { items } = await json('fleet list', FleetNodeList);
    expect(items.map(({ node }) => node.node_id)).toEqual(['eu-west-1']);
    const secret = await invitation('us-east-1', 'us-east');
    expect((await enroll(secret, machine('us-east-1', 'us-east'))).code).toBe(0);
    await stack.nodes[1]?.restart();
    await eventually('us-east-1', ({ verdict }) => verdict, 'up');
  });

  test('says what is wrong', async () => {
    const refused = await meridian('fleet list', { MERIDIAN_API_KEY: `mk_${'0'.repeat(40)}` }).outcome;
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('unauthorized')]);
    const nowhere = await meridian('fleet list', { MERIDIAN_URL: 'http://127.0.0.1:9' }).outcome;
    expect([nowhere.code, nowhere.err]).toEqual([1, 'http://127.0.0.1:9 cannot be reached\n']);
    const unset = await meridian('fleet list', { MERIDIAN_API_KEY: '' }).outcome;
    expect([unset.code, unset.err]).toEqual([1, expect.stringContaining('MERIDIAN_API_KEY')]);
    const unknown = await meridian('fleet explode').outcome;
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('explode')]);
  });
});
