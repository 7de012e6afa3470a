import path from 'node:path';
import { Fleet } from '../../fleet/fleet.ts';
import { FLEET_REGIONS, PEOPLE_WITH_BROWSERS } from '../../fleet/places.ts';
import { Api } from '../../headless/api.ts';
import { pause, until } from '../../poll.ts';
import { prioritise } from '../cpu.ts';
import { Remote } from '../remote.ts';
import { median, printResult, quantile } from '../statistics.ts';
import type { Size } from './participant.ts';
import type { PeopleHandlers } from './people.ts';

/**
 * What a stream costs on the way from one region to another, with one, five and twenty-five watching it there, against
 * one who watches it beside the sender; and how long it takes.
 */
const BEHIND = [1, 5, 25];
/** Milliseconds one way between the two nodes. What is added to it is what counts. */
const DISTANCE = 40;
const MEASURE = Number(process.env.MEASURE_MS ?? 4_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const HOP_MS = 8_000;
/** Until a stream flows that did not, or comes another way. Milliseconds. */
const SETTLE = { least: 2_500, most: 15_000 };
/** As a stage and as a thumbnail show it. */
const LARGE: Size = { width: 1280, height: 720 };
const THUMBNAIL: Size = { width: 320, height: 180 };

type People = Remote<PeopleHandlers>;
type Rates = {
  /** Bits per second over the boundary, all of RTP and RTCP. */
  boundary: number;
  /** Bits per second of SRTP to the one beside the sender. */
  reference: number;
};

async function main(): Promise<void> {
  const closers: (() => unknown)[] = [];
  try {
    const fleet = await Fleet.start({ nodesPerRegion: 1, stack: { logs: 'quiet' } });
    closers.push(() => fleet.close());
    const people: People = new Remote<PeopleHandlers>(path.join(import.meta.dirname, 'people.ts'));
    closers.push(() => people.close());
    const [here, there] = FLEET_REGIONS;
    const [from, to] = [fleet.nodesIn(here.id)[0]?.id ?? '', fleet.nodesIn(there.id)[0]?.id ?? ''];
    await clearPaths(fleet, from, to);
    const { code: meeting } = await new Api(fleet.url).createMeeting({ title: 'Relay' });
    const place = { origin: fleet.url, meeting };
    expectNodes(await people.call('begin', { ...place, location: here }), from);

    const metrics: Record<string, number> = {};
    for (const count of BEHIND) {
      expectNodes(await people.call('fill', { ...place, location: there, count }), to);
      await people.call('watch', { beside: LARGE, behind: [LARGE] });
      for (const kind of ['audio', 'video'] as const) {
        await flow(people, kind, count);
        const rates = await measure(fleet, people, `${from}>${to}`);
        const name = kind === 'video' ? `copy_ratio_${count}` : `copy_ratio_${count}_audio`;
        metrics[name] = median(rates.map(({ boundary, reference }) => boundary / reference));
        console.log(`  ${count} behind, ${kind}: ${describe(rates)}`);
      }
    }

    const all = await flowOf(fleet, people, `${from}>${to}`, [LARGE, THUMBNAIL]);
    const thin = await flowOf(fleet, people, `${from}>${to}`, [THUMBNAIL]);
    metrics.full_kbps = all / 1_000;
    metrics.thin_180p_kbps = thin / 1_000;
    metrics.thin_saving = 1 - thin / all;

    await people.call('leaveTo', 1);
    await people.call('watch', { beside: LARGE, behind: [LARGE] });
    await flow(people, 'video', 1);
    prioritise({
      measured: fleet.nodes.flatMap(({ process: node }) => node?.pid ?? []),
      load: [process.pid],
    });
    const hop = await people.call('delays', HOP_MS);
    if (hop.length === 0) throw new Error('no packet was timed');
    metrics.hop_added_p50_ms = quantile(hop, 0.5) - DISTANCE;
    metrics.hop_added_p95_ms = quantile(hop, 0.95) - DISTANCE;
    printResult('relay', metrics);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Nothing on the way but the distance between the two nodes. */
async function clearPaths(fleet: Fleet, from: string, to: string): Promise<void> {
  const { network } = fleet;
  const nodes = fleet.nodes.map(({ id }) => id);
  // Whoever has no address of a region's own sends from there, the participants of this bench among them.
  await network.between(nodes, [PEOPLE_WITH_BROWSERS], {});
  await network.between(from, to, { delayMs: DISTANCE });
}

/** Lets only this kind flow, and waits until everybody has it. */
async function flow(people: People, kind: 'audio' | 'video', count: number): Promise<void> {
  await people.call('send', kind);
  await pause(SETTLE.least);
  let last = '';
  const check = async () => {
    const before = await people.call('received', undefined);
    await pause(500);
    const after = await people.call('received', undefined);
    const came = after.packets.map((packets, index) => packets - (before.packets[index] ?? 0));
    const beside = after.referenceBytes - before.referenceBytes;
    last = `packets in half a second: ${came.join()}; bytes beside the sender: ${beside}`;
    return came.filter((packets) => packets > 10).length === count && beside > 0;
  };
  await until(`${kind} to be everywhere`, SETTLE.most, check, () => last);
}

async function measure(fleet: Fleet, people: People, boundary: string): Promise<Rates[]> {
  const rounds: Rates[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await look(fleet, people, boundary);
    await pause(MEASURE);
    const after = await look(fleet, people, boundary);
    const seconds = (after.at - before.at) / 1_000;
    rounds.push({
      boundary: ((after.boundary - before.boundary) * 8) / seconds,
      reference: ((after.reference - before.reference) * 8) / seconds,
    });
  }
  return rounds;
}

async function look(fleet: Fleet, people: People, boundary: string) {
  const [counts, { referenceBytes }] = await Promise.all([
    fleet.network.counts(),
    people.call('received', undefined),
  ]);
  return { at: performance.now(), boundary: counts[boundary]?.packetBytes ?? 0, reference: referenceBytes };
}

/** Bits per second over the boundary once those behind it watch like this, and what they watched before is gone. */
async function flowOf(fleet: Fleet, people: People, boundary: string, behind: Size[]): Promise<number> {
  await people.call('watch', { beside: LARGE, behind });
  // Longer than a relay takes to change how it carries a stream, down included.
  await pause(16_000);
  return median((await measure(fleet, people, boundary)).map((rates) => rates.boundary));
}

function expectNodes(nodes: readonly string[], expected: string): void {
  if (nodes.some((node) => node !== expected)) throw new Error(`at ${nodes.join()} instead of ${expected}`);
}

function describe(rates: readonly Rates[]): string {
  const kbps = (pick: (rates: Rates) => number) => (median(rates.map(pick)) / 1_000).toFixed(0);
  return `${kbps((one) => one.boundary)} kbit/s over the boundary, ${kbps((one) => one.reference)} to one beside the sender`;
}

await main();
