// npm run simulate -- --meetings 10000000 --participants 50000000 [--seed S] [--exact N]: a day of the whole world,
// placed by the functions that production uses. Writes docs/simulation.md with its pictures; the last line is the
// result as one JSON object.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Worker } from 'node:worker_threads';
import { seeded } from '../random.ts';
import { readCatalogue } from './catalogue.ts';
import { charts } from './charts.ts';
import type { DayOptions, DayResult } from './day.ts';
import { attendance } from './demand.ts';
import { readOptions } from './options.ts';
import { type City, readCities } from './places.ts';
import { planFleet, sizeFleet } from './plan.ts';
import { metricsOf, report } from './report.ts';
import { summarise } from './summary.ts';

/** Runs of the day, independent of each other, side by side. Fixed, so that a seed gives the same everywhere. */
const RUNS = 2;
const DOCS = new URL('../../docs/', import.meta.url);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const started = performance.now();
  const catalogue = readCatalogue();
  const cities = readCities();
  const meanSize = meanInvited(options.participants / options.meetings, cities, options.seed);
  const meetings = Math.ceil(options.exact / meanSize / RUNS);

  const plan = planFleet(catalogue, cities, meanSize);
  const fleet = sizeFleet(plan, meetings);
  console.log(`${catalogue.length} regions, ${RUNS} days of ${meetings} meetings each, seed ${options.seed}`);
  const results = await Promise.all(
    Array.from({ length: RUNS }, (_, i) =>
      run({ seed: options.seed + 1_000_003 * (i + 1), meetings, meanSize, fleet, outage: plan.busiest }),
    ),
  );
  const summary = summarise(catalogue, plan, fleet, results, options.participants);

  mkdirSync(new URL('images/', DOCS), { recursive: true });
  for (const [name, svg] of charts(summary)) writeFileSync(new URL(`images/${name}.svg`, DOCS), svg);
  writeFileSync(new URL('simulation.md', DOCS), report(summary, options));
  const wall = Number(seconds(started));
  console.log(`written: docs/simulation.md (${wall} s; load of this machine ${loadavg()[0]?.toFixed(1)})`);
  console.log(JSON.stringify({ simulation: 'day', metrics: { ...metricsOf(summary), wall_s: wall } }));
}

/** How many must come to a meeting on average for so many to be there at a time. */
function meanInvited(present: number, cities: readonly City[], seed: number): number {
  return present / attendance(cities, Math.round(present), seeded(seed));
}

async function run(options: DayOptions): Promise<DayResult> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: options });
  const [result] = await once(worker, 'message');
  return result;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
