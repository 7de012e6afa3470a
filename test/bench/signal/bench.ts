import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Edge } from '../../../scripts/stack/edge.ts';
import { createLogger } from '../../../scripts/stack/logs.ts';
import { freePorts } from '../../../scripts/stack/ports.ts';
import { startStack } from '../../../scripts/stack/stack.ts';
import { Api } from '../../headless/api.ts';
import { prioritise } from '../cpu.ts';
import { Remote } from '../remote.ts';
import { median, printResult, quantile } from '../statistics.ts';
import type { CrowdHandlers, Round } from './crowd.ts';
import type { PlaceName } from './places.ts';

/**
 * Deliveries a second in one room, against a bare hibernating object that inserts one row for each message and
 * sends it to everybody: same runtime, same machine, same mix of requests, in turns.
 */
const SIZES = [200, 1_000] as const;
const ROUNDS = Number(process.env.ROUNDS ?? 14);
const ROUND = { lanes: 8, warmUpMs: 400, ms: 1_200 };
/** Above this a load generator is what is measured. Share of a core. */
const MAX_OWN_CPU = 0.9;
/** wrangler would report every request to its console, at the cost of a request to itself. */
const QUIET = { WRANGLER_LOG: 'warn' };
const BARE_ROOM = path.join('test', 'bench', 'signal', 'bare-room', 'wrangler.jsonc');

type Crowd = Remote<CrowdHandlers>;

async function main(): Promise<void> {
  const closers: (() => unknown)[] = [];
  try {
    const stack = await startStack({
      ports: 'free',
      logs: 'quiet',
      regions: ['eu-west'],
      // Nobody sends media here; a node of the usual size would be full before the room is.
      nodeEnv: { CAPACITY: '4000' },
      edgeEnv: QUIET,
    });
    closers.push(() => stack.close());
    const bare = await startBareRoom(closers);
    const api = new Api(stack.url);
    const { code } = await api.createMeeting({ settings: { max_participants: 1_000 } });
    const open = (place: PlaceName): Crowd => {
      const crowd: Crowd = new Remote(path.join(import.meta.dirname, 'crowd.ts'), [JSON.stringify(place)]);
      closers.push(() => crowd.close());
      return crowd;
    };
    const crowds = {
      ours: open({ kind: 'meridian', origin: stack.url, code }),
      bare: open({ kind: 'bare', origin: bare }),
    };
    prioritise({ load: [process.pid] });
    const metrics: Record<string, number> = {};
    for (const size of SIZES) Object.assign(metrics, await compare(crowds, size));
    printResult('signal', metrics);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function startBareRoom(closers: (() => unknown)[]): Promise<string> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'meridian-bench-signal-'));
  closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePorts(2);
  const edge = new Edge({
    configurations: [BARE_ROOM],
    dataDir,
    port,
    inspectorPort: port + 1,
    env: QUIET,
    log: createLogger('quiet'),
  });
  closers.push(() => edge.stop());
  await edge.start();
  return edge.url;
}

async function compare({ ours, bare }: { ours: Crowd; bare: Crowd }, size: number) {
  const startedAt = performance.now();
  // One after the other: side by side each would see the other's crowd arrive.
  await ours.call('grow', size);
  await bare.call('grow', size);
  console.log(`${size} sockets each, after ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const rounds: { ours: Round; bare: Round }[] = [];
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const round = {
      ours: await ours.call('run', { ...ROUND, seed }),
      bare: await bare.call('run', { ...ROUND, seed }),
    };
    for (const [who, { deliveriesPerSecond, acknowledged, ownCpu }] of Object.entries(round)) {
      const p99 = quantile(acknowledged, 0.99);
      console.log(
        `  ${who} ${deliveriesPerSecond.toFixed(0)}/s, ack p99 ${p99.toFixed(0)} ms, crowd ${ownCpu.toFixed(2)} of a core`,
      );
      if (ownCpu > MAX_OWN_CPU) throw new Error(`the load generator is the bottleneck: ${ownCpu}`);
    }
    rounds.push(round);
  }
  const acks = (who: 'ours' | 'bare') => rounds.flatMap((round) => round[who].acknowledged);
  const rate = (who: 'ours' | 'bare') => median(rounds.map((round) => round[who].deliveriesPerSecond));
  return {
    [`ratio_${size}`]: median(
      rounds.map((round) => round.ours.deliveriesPerSecond / round.bare.deliveriesPerSecond),
    ),
    [`deliveries_${size}_per_s`]: rate('ours'),
    [`bare_deliveries_${size}_per_s`]: rate('bare'),
    // Of the larger room in the end: it comes last.
    ack_p99_ms: quantile(acks('ours'), 0.99),
    bare_ack_p99_ms: quantile(acks('bare'), 0.99),
  };
}

await main();
