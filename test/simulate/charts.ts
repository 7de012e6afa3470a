import { ASSUMPTIONS } from './assumptions.ts';
import { DAY, LOOK_EVERY } from './demand.ts';
import { clock, percent } from './format.ts';
import { KM_PER_BIN } from './measures.ts';
import type { Summary } from './summary.ts';
import { type Axis, barChart, type Line, lineChart, niceTicks } from './svg.ts';

const HOURS: Axis = {
  label: 'time of day, UTC',
  max: DAY / 3_600,
  ticks: [0, 3, 6, 9, 12, 15, 18, 21, 24],
  text: (hour) => clock(hour * 3_600),
};

/** The pictures of the report, by the names of their files. */
export function charts(summary: Summary): Map<string, string> {
  return new Map([
    ['simulation-day', dayChart(summary)],
    ['simulation-distance', distanceChart(summary)],
    ['simulation-regions', regionChart(summary)],
    ['simulation-crossing', crossingChart(summary)],
    ...(summary.outage ? [['simulation-outage', outageChart(summary.outage)] as const] : []),
  ]);
}

function dayChart({ series }: Summary): string {
  const lines = [...series.continents].map(([name, people]) => overDay(name, people, 1e6));
  return lineChart('People in meetings, by continent of their node', HOURS, upTo('millions', lines), lines);
}

function distanceChart({ distanceShares }: Summary): string {
  const lines = [
    {
      name: 'participants no farther from their node',
      points: distanceShares
        .map((share, bin) => [(bin + 1) * KM_PER_BIN, share] as const)
        .filter(([km]) => km <= 3_000),
    },
  ];
  const x: Axis = {
    label: 'kilometres',
    max: 3_000,
    ticks: [0, 500, 1_000, 1_500, 2_000, 2_500, 3_000],
    text: String,
  };
  const y: Axis = { label: '', max: 1, ticks: [0, 0.25, 0.5, 0.75, 1], text: (share) => percent(share, 0) };
  return lineChart('Distance to the node', x, y, lines);
}

function regionChart({ regions }: Summary): string {
  const bars = regions
    .toSorted((a, b) => b.nodes - a.nodes)
    .map(({ region, nodes, fillAtPeak }) => ({
      name: region.id,
      value: fillAtPeak,
      note: `of ${nodes.toLocaleString('en')} nodes`,
    }));
  const mark = { at: ASSUMPTIONS.fleet.plannedFill, name: 'planned' };
  const scale = { max: 1, text: (fill: number) => percent(fill, 0) };
  return barChart('How full each region is at its own busiest moment', bars, scale, mark);
}

function crossingChart({ series }: Summary): string {
  const lines = [
    overDay('relayed, one copy into each region', series.relayed, 1e12),
    { ...overDay('without relays', series.direct, 1e12), dashed: true },
  ];
  return lineChart('Media between regions', HOURS, upTo('Tbit/s', lines), lines);
}

function outageChart({ region, destinations }: NonNullable<Summary['outage']>): string {
  const bars = destinations.slice(0, 15).map((one) => ({
    name: one.region.id,
    value: one.share,
    note: `(then ${percent(one.fill, 0)} full)`,
  }));
  const max = Math.max(...bars.map(({ value }) => value)) * 1.1;
  return barChart(`Where people of ${region.id} go when it is lost`, bars, {
    max,
    text: (share) => percent(share, 1),
  });
}

function overDay(name: string, values: readonly number[], unit: number): Line {
  return { name, points: values.map((value, look) => [((look + 0.5) * LOOK_EVERY) / 3_600, value / unit]) };
}

function upTo(label: string, lines: readonly Line[]): Axis {
  const ticks = niceTicks(Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y))));
  return { label, max: ticks.at(-1) ?? 1, ticks, text: (value) => String(Math.round(value * 100) / 100) };
}
