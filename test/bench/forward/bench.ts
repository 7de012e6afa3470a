import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../../../scripts/stack/ports.ts';
import { type Stack, startStack } from '../../../scripts/stack/stack.ts';
import { Api } from '../../headless/api.ts';
import { pause, until } from '../../poll.ts';
import { cpuOfTree, prioritise } from '../cpu.ts';
import type { BareHandlers } from '../media/bare-router.ts';
import type { LoadHandlers } from '../media/load.ts';
import { nodeOf } from '../media/node-of.ts';
import type { ServerName } from '../media/server-link.ts';
import { Remote } from '../remote.ts';
import { median, printResult } from '../statistics.ts';

/**
 * CPU of a whole node for each packet that arrives, against a bare mediasoup router with the same participants and
 * streams, in turns: four meetings of ten, all cameras and microphones on.
 */
const MEETINGS = 4;
const PER_MEETING = 10;
const ROUNDS = Number(process.env.ROUNDS ?? 8);
/** Streams that were silent need a moment until all flow in their upper layer again. Milliseconds. */
const SETTLE = { least: 1_000, most: 15_000 };
const MEASURE = Number(process.env.MEASURE_MS ?? 5_000);
/** Rounds that may be taken again because the machine was too busy with something else to deliver all. */
const SPARE_ROUNDS = 4;
const SETUP_ROUNDS = 5;
/** Fraction of the packets that have to arrive for a round to count. */
const COMPLETE = 0.97;
const MEDIA = path.join(import.meta.dirname, '..', 'media');

type Contender = { name: string; pid: number; load: Remote<LoadHandlers>; expected: number };
type Round = {
  /** Microseconds. */
  cpuPerPacket: number;
  packetsPerSecond: number;
  /** Fraction of the packets that arrived. */
  complete: number;
};

async function main(): Promise<void> {
  const closers: (() => unknown)[] = [];
  try {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-forward-'));
    closers.push(() => rmSync(directory, { recursive: true, force: true }));
    const loopDelays = path.join(directory, 'loop-delays');
    const stack = await startStack({
      ports: 'free',
      logs: 'quiet',
      regions: ['eu-west'],
      workers: 1,
      nodeEnv: {
        NODE_OPTIONS: `--import=${path.join(MEDIA, 'loop-delay-probe.ts')}`,
        LOOP_DELAY_FILE: loopDelays,
      },
    });
    closers.push(() => stack.close());
    const node = nodeOf(stack);
    const router = await startBareRouter(closers);
    prioritise({ measured: [node, router.pid], load: [process.pid] });
    const ours = await contender('ours', node, await meetingsOf(stack), closers);
    const bare = await contender('bare', router.pid, router.server, closers);

    const rounds: { ours: Round; bare: Round }[] = [];
    for (let spare = SPARE_ROUNDS; rounds.length < ROUNDS; ) {
      await ours.load.call('churn', true);
      const oursRound = await round(ours, () => process.kill(ours.pid, 'SIGUSR2'));
      await ours.load.call('churn', false);
      const bareRound = await round(bare);
      const complete = [oursRound, bareRound].every((one) => one.complete >= COMPLETE);
      if (complete) rounds.push({ ours: oursRound, bare: bareRound });
      else if (spare-- === 0) throw new Error('packets are missing in too many rounds');
    }
    const setUps = await compareSetUps(ours, bare);
    printResult('forward', {
      cpu_ratio: median(rounds.map((one) => one.ours.cpuPerPacket / one.bare.cpuPerPacket)),
      cpu_us_per_packet: median(rounds.map((one) => one.ours.cpuPerPacket)),
      bare_cpu_us_per_packet: median(rounds.map((one) => one.bare.cpuPerPacket)),
      packets_per_s: median(rounds.map((one) => one.ours.packetsPerSecond)),
      loop_delay_p99_ms: median(readLoopDelays(loopDelays)),
      ...setUps,
    });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function meetingsOf({ url }: Stack): Promise<ServerName> {
  const api = new Api(url);
  const meetings = [];
  for (let i = 0; i < MEETINGS; i++) meetings.push((await api.createMeeting()).code);
  return { kind: 'meridian', origin: url, meetings };
}

async function startBareRouter(closers: (() => unknown)[]): Promise<{ pid: number; server: ServerName }> {
  const router = new Remote<BareHandlers>(path.join(MEDIA, 'bare-router.ts'));
  closers.push(() => router.close());
  const port = await freePorts(2);
  await router.call('start', { port, mediaPort: port + 1 });
  const meetings = Array.from({ length: MEETINGS }, (_, i) => `meeting-${i}`);
  return { pid: router.pid, server: { kind: 'bare', origin: `ws://127.0.0.1:${port}`, meetings } };
}

async function contender(
  name: string,
  pid: number,
  server: ServerName,
  closers: (() => unknown)[],
): Promise<Contender> {
  const load = new Remote<LoadHandlers>(path.join(MEDIA, 'load.ts'), [JSON.stringify(server)]);
  closers.push(() => load.close());
  const { packetsPerSecond } = await load.call('open', PER_MEETING);
  console.log(`${name}: ${MEETINGS} meetings of ${PER_MEETING} are up`);
  return { name, pid, load, expected: packetsPerSecond };
}

/** `mark` is called at both ends of what is measured. */
async function round({ name, pid, load, expected }: Contender, mark = () => {}): Promise<Round> {
  await load.call('flow', true);
  await pause(SETTLE.least);
  await until(`all packets to arrive (${name})`, SETTLE.most, async () => {
    const { packetsPerSecond } = await rate(load, 500);
    return packetsPerSecond >= COMPLETE * expected;
  });
  mark();
  const cpuBefore = cpuOfTree(pid);
  const { packets, packetsPerSecond, ownCpu } = await rate(load, MEASURE);
  const cpuPerPacket = ((cpuOfTree(pid) - cpuBefore) * 1_000) / packets;
  mark();
  await load.call('flow', false);
  console.log(
    `  ${name} ${cpuPerPacket.toFixed(2)} µs a packet, ${packetsPerSecond.toFixed(0)}/s of ${expected}, load ${ownCpu.toFixed(2)} of a core`,
  );
  return { cpuPerPacket, packetsPerSecond, complete: packetsPerSecond / expected };
}

/** What arrives at the participants within `ms`, and what receiving it costs, as a share of a core. */
async function rate(load: Remote<LoadHandlers>, ms: number) {
  const before = await load.call('received', undefined);
  const startedAt = performance.now();
  await pause(ms);
  const after = await load.call('received', undefined);
  const took = performance.now() - startedAt;
  const packets = after.packets - before.packets;
  return {
    packets,
    packetsPerSecond: (packets * 1_000) / took,
    ownCpu: (after.cpuMs - before.cpuMs) / took,
  };
}

/** Consumers a second when all participants ask for all video at once. */
async function compareSetUps(ours: Contender, bare: Contender) {
  const rates: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let i = 0; i < SETUP_ROUNDS; i++) {
    for (const [who, { load }] of [
      ['ours', ours],
      ['bare', bare],
    ] as const) {
      const { consumers, ms } = await load.call('rewatch', undefined);
      rates[who].push((consumers * 1_000) / ms);
    }
  }
  return { consumers_per_s: median(rates.ours), bare_consumers_per_s: median(rates.bare) };
}

/** Each round has two marks; what the second one wrote is about the round. */
function readLoopDelays(file: string): number[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((_, index) => index % 2 === 1)
    .map(Number);
}

await main();
