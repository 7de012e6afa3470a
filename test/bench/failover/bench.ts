import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Failover } from '@meridian/protocol';
import { freePort } from '../../../scripts/stack/ports.ts';
import { startStack } from '../../../scripts/stack/stack.ts';
import type { BrowserParticipant } from '../../browser/participant.ts';
import { DelayNetwork } from '../../net/delay-network.ts';
import { pause } from '../../poll.ts';
import { prioritise } from '../cpu.ts';
import { printResult, quantile } from '../statistics.ts';
import { Call, type Pair, STILL_MS } from './call.ts';
import { lostOrDoubled, pictureGap, soundGap } from './gaps.ts';
import { ReplaceableNodes } from './replaceable-nodes.ts';

/**
 * How long others are not seen and not heard when their media node dies, by how much was prepared for it. Everybody
 * is far from the room and near the nodes; a node that died is replaced before the next trial.
 */
const OPTIONS = { trials: { type: 'string', default: '30' }, kinds: { type: 'string' } } as const;
/** Milliseconds one way to the room: 80 ms round trip. */
const TO_ROOM = 40;
const HANDSHAKES = 2;
/** The one in use, the standby, the next standby, and one more for while a dead one is replaced. */
const NODES = 4;

type Kind = { name: string; tier: Failover; signal: 'SIGKILL' | 'SIGSTOP' };

const KINDS: readonly Kind[] = [
  { name: 'kill', tier: 'hot', signal: 'SIGKILL' },
  { name: 'silent', tier: 'hot', signal: 'SIGSTOP' },
  { name: 'warm', tier: 'warm', signal: 'SIGKILL' },
  { name: 'cold', tier: 'cold', signal: 'SIGKILL' },
];

/** A node has layers that nobody watches stopped after 5 s; a call that has run for a while is past that. */
const SETTLED = 7_000;
/** From the fault to the look at what it did, milliseconds. */
const WATCHED = 6_000;

type Result = {
  pictures: number[];
  voices: number[];
  full: number[];
  unrecovered: number;
  unmuted: number;
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const trials = Number(values.trials);
  const kinds = KINDS.filter(
    ({ name }) => values.kinds === undefined || values.kinds.split(',').includes(name),
  );
  const network = new DelayNetwork();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-failover-'));
  const roomPort = await freePort();
  const nodes = new ReplaceableNodes(network, NODES);
  const origin = `http://127.0.0.1:${roomPort}`;
  const stack = await startStack({
    ports: 'free',
    logs: 'quiet',
    nodes: nodes.places,
    workers: 1,
    edgeEnv: { PUBLIC_ORIGIN: origin },
    prepare: async (ports) => {
      await nodes.connect(ports);
      await network.open({
        protocol: 'tcp',
        path: 'room',
        oneWayMs: TO_ROOM,
        handshakes: HANDSHAKES,
        listen: { address: '127.0.0.1', port: roomPort },
        target: { address: '127.0.0.1', port: ports.web },
      });
    },
  });
  nodes.begin(stack);
  const people: BrowserParticipant[] = [];
  try {
    const results = new Map<string, Result>();
    let chat = 0;
    for (const kind of kinds) {
      const call = await Call.open({
        origin,
        mediaDirectory: directory,
        tier: kind.tier,
        opened: (person) => people.push(person),
      });
      await pause(SETTLED);
      const result: Result = { pictures: [], voices: [], full: [], unrecovered: 0, unmuted: 0 };
      for (let trial = 1; trial <= trials; trial++) await runTrial(kind, trial, call, nodes, result);
      results.set(kind.name, result);
      for (const person of call.people) chat += lostOrDoubled(call.said, await call.heardBy(person));
      await call.close();
    }
    printResult('failover', { ...metricsOf(results), chat_lost_or_doubled: chat });
  } finally {
    await Promise.all(people.map((person) => person.close()));
    await nodes.close();
    await stack.close();
    network.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runTrial(
  kind: Kind,
  trial: number,
  call: Call,
  nodes: ReplaceableNodes,
  result: Result,
): Promise<void> {
  const { wires, nodes: measured } = nodes.processes;
  prioritise({ wires, measured, load: [process.pid] });
  do {
    await call.settled();
    await call.take();
    // Something is on its way when it happens, and something is said before anybody can have noticed.
    await pause(500);
  } while (!(await call.isWhole()));
  const node = nodes.find(await call.nodeOf(call.speaker));
  const hit = await call.peopleAt(node.id);
  const concerns = ({ viewer, speaker }: Pair) => hit.has(viewer) || hit.has(speaker);
  await call.say(call.voice, `before ${kind.name} ${trial}`);
  const faultAt = performance.timeOrigin + performance.now();
  await node.kill(kind.signal);
  await call.say(call.speaker, `after ${kind.name} ${trial}`);
  await pause(WATCHED);
  const end = performance.timeOrigin + performance.now();
  const senses = await call.take();
  const scene = { faultAt, end, stillMs: STILL_MS };
  const line: string[] = [];
  // What is not back counts as what was watched, and is no better than that.
  for (const pair of call.pictures) {
    const gap = pictureGap(senses.get(pair.name)?.frames ?? [], scene);
    if (!gap) result.unrecovered += 1;
    if (!concerns(pair)) continue;
    line.push(gap ? `${gap.gap.toFixed(0)} (full ${gap.fullAfter.toFixed(0)})` : 'no picture');
    result.pictures.push(gap?.gap ?? WATCHED);
    result.full.push(gap && Number.isFinite(gap.fullAfter) ? gap.fullAfter : WATCHED);
  }
  for (const pair of call.voices) {
    const gap = soundGap(senses.get(pair.name)?.sounds ?? [], scene);
    if (gap === null) result.unrecovered += 1;
    if (!concerns(pair)) continue;
    line.push(gap === null ? 'no voice' : gap.toFixed(0));
    result.voices.push(gap ?? WATCHED);
  }
  if (await call.isHeard()) result.unmuted += 1;
  console.log(`  ${kind.name} ${trial}: pictures and voices were away for ${line.join(', ')} ms`);
  await nodes.replace(node);
}

function metricsOf(results: ReadonlyMap<string, Result>): Record<string, number> {
  const all = [...results.values()];
  const sum = (read: (result: Result) => number) => all.reduce((total, result) => total + read(result), 0);
  const metrics: Record<string, number> = {};
  for (const [kind, { pictures, voices }] of results) {
    metrics[`${kind}_gap_p50_ms`] = quantile(pictures, 0.5);
    metrics[`${kind}_gap_p95_ms`] = quantile(pictures, 0.95);
    metrics[`${kind}_gap_max_ms`] = Math.max(...pictures);
    metrics[`${kind}_audio_gap_p50_ms`] = quantile(voices, 0.5);
    metrics[`${kind}_audio_gap_p95_ms`] = quantile(voices, 0.95);
  }
  const hot = ['kill', 'silent'].flatMap((kind) => results.get(kind)?.full ?? []);
  return {
    ...metrics,
    full_quality_p95_ms: quantile(hot.length > 0 ? hot : all.flatMap(({ full }) => full), 0.95),
    unrecovered: sum(({ unrecovered }) => unrecovered),
    unmuted_by_failover: sum(({ unmuted }) => unmuted),
  };
}

await main();
