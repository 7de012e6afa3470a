import { CONFIG } from '../../apps/edge-control/src/config.ts';
import type { CatalogueRegion } from './catalogue.ts';
import { type CostLine, costOfDay } from './cost.ts';
import type { DayResult } from './day.ts';
import { LOOK_EVERY, LOOKS, type Seconds } from './demand.ts';
import type { RegionSize } from './fleet.ts';
import {
  BATCHES,
  type Count,
  distancesOf,
  distancesToRegion,
  KM_PER_BIN,
  type Measures,
  type MeetingCount,
  peopleAt,
} from './measures.ts';
import { type OutageSummary, outageSummary } from './outage-summary.ts';
import { type Plan, sizeFleet } from './plan.ts';
import { batchMeans, type Estimate, histogramQuantile, QUANTILES, scaled, sum } from './statistics.ts';

export type RegionSummary = {
  region: CatalogueRegion;
  nodes: number;
  cells: number;
  /** Participants at its own busiest moment. */
  peak: Estimate;
  peakAt: Seconds;
  /** Of its places, at its own busiest moment and at the world's. */
  fillAtPeak: number;
  fillAtWorldPeak: number;
  /** Of participants from its nodes, kilometres, at `QUANTILES`. */
  distances: number[];
};

export type Summary = {
  /** Participants and meetings simulated one by one. */
  exact: { participants: number; meetings: number };
  /** People in the world for each simulated one. */
  weight: number;
  peakAt: Seconds;
  peakPeople: number;
  peakMeetings: Estimate;
  /** Kilometres, at `QUANTILES`. */
  distances: Estimate[];
  /** Of participants. */
  shares: Record<Exclude<Count, 'participants'>, Estimate>;
  /** On nodes of several regions: of meetings, and of the people in them. */
  abroad: Estimate;
  peopleAbroad: Estimate;
  /** Of meetings: on several nodes of one region. */
  severalNodes: Estimate;
  nodesPerMeeting: Estimate;
  perDay: { participants: number; meetings: number; joinsPerSecond: number };
  /** Bits per second at the moment with most. */
  crossing: { at: Seconds; relayed: Estimate; bound: Estimate; direct: Estimate };
  regions: RegionSummary[];
  outage: OutageSummary | null;
  cost: CostLine[];
  /** By look: people by continent, and bits per second between regions. */
  series: { continents: Map<string, number[]>; relayed: number[]; direct: number[] };
  /** Share of participants no farther than so many bins. */
  distanceShares: number[];
};

/** What the runs say about a world with `people` in meetings at its busiest moment. */
export function summarise(
  catalogue: readonly CatalogueRegion[],
  plan: Plan,
  fleet: readonly RegionSize[],
  results: readonly DayResult[],
  people: number,
): Summary {
  const runs = results.map(({ measures }) => measures);
  const batches = runs.flatMap((measures) =>
    Array.from({ length: BATCHES }, (_, batch) => ({ measures, batch })),
  );
  const perBatch = (of: (measures: Measures, batch: number) => number): number[] =>
    batches.map(({ measures, batch }) => of(measures, batch));
  const totalOf = (of: (measures: Measures, batch: number) => number) => batchMeans(perBatch(of));
  const peopleOf = (look: number, region: number) =>
    sum(runs.map((measures) => sum(peopleAt(measures, look, region))));
  // The moment that was expected: the one with most people by chance is that with most large meetings.
  const peakLook = plan.worldPeak;
  const weight = people / sum(catalogue.map((_, region) => peopleOf(peakLook, region)));
  /** From the mean of a batch to the world. */
  const whole = (estimate: Estimate) => scaled(estimate, weight * batches.length);
  const at = (look: number, values: (measures: Measures) => ArrayLike<number>) =>
    whole(totalOf((measures, batch) => values(measures)[look * BATCHES + batch] ?? 0));
  const sharesOf = (
    part: (measures: Measures) => ArrayLike<number>,
    of: (measures: Measures) => ArrayLike<number>,
  ) => totalOf((measures, batch) => (part(measures)[batch] ?? 0) / Math.max(1, of(measures)[batch] ?? 0));
  const participantShare = (name: Count) =>
    sharesOf(
      ({ counts }) => counts[name],
      ({ counts }) => counts.participants,
    );
  const perMeeting = (name: MeetingCount) =>
    sharesOf(
      ({ meetings }) => meetings[name],
      ({ meetings }) => meetings.meetings,
    );

  const looks = Array.from({ length: LOOKS }, (_, look) => look);
  const relayed = looks.map((look) => at(look, (measures) => measures.relayed).value);
  const crossingLook = relayed.indexOf(Math.max(...relayed));
  const exact = {
    participants: sum(runs.map(({ counts }) => sum(counts.participants))),
    meetings: sum(runs.map(({ meetings }) => sum(meetings.meetings))),
  };
  const regions = catalogue.map((region, number) => {
    const byLook = looks.map((look) => peopleOf(look, number));
    const most = Math.max(...byLook);
    const own = byLook.indexOf(most);
    const { nodes, capacity } = fleet[number] ?? { nodes: 0, capacity: 0 };
    const places = nodes * capacity * runs.length;
    const real = sizeFleet(plan, exact.meetings * weight)[number]?.nodes ?? 0;
    return {
      region,
      nodes: real,
      cells: Math.ceil(real / CONFIG.cell.maxNodes),
      peak: whole(totalOf((measures, batch) => peopleAt(measures, own, number)[batch] ?? 0)),
      peakAt: own * LOOK_EVERY,
      fillAtPeak: most / places,
      fillAtWorldPeak: peopleOf(peakLook, number) / places,
      distances: distancesFrom(runs, number),
    };
  });
  const minutes = runs.map(({ joinsByMinute }) => joinsByMinute);
  const busiestMinute = Math.max(...joinsOf(minutes));
  const usage = {
    participants: exact.participants * weight,
    meetings: exact.meetings * weight,
    meetingNodes: sum(runs.map(({ meetings }) => sum(meetings.nodes))) * weight,
    nodes: sum(regions.map(({ nodes }) => nodes)),
    cells: sum(regions.map(({ cells }) => cells)),
  };
  return {
    exact,
    weight,
    peakAt: (peakLook + 0.5) * LOOK_EVERY,
    peakPeople: people,
    peakMeetings: at(peakLook, (measures) => measures.running),
    distances: QUANTILES.map((quantile) =>
      totalOf((measures, batch) => histogramQuantile(distancesOf(measures, batch), KM_PER_BIN, quantile)),
    ),
    shares: {
      nearest: participantShare('nearest'),
      reused: participantShare('reused'),
      spilled: participantShare('spilled'),
      refused: participantShare('refused'),
      unreserved: participantShare('unreserved'),
      turnedAway: participantShare('turnedAway'),
    },
    abroad: perMeeting('abroad'),
    peopleAbroad: sharesOf(
      ({ meetings }) => meetings.peopleAbroad,
      ({ meetings }) => meetings.people,
    ),
    severalNodes: perMeeting('crowded'),
    nodesPerMeeting: perMeeting('nodes'),
    perDay: {
      participants: usage.participants,
      meetings: usage.meetings,
      joinsPerSecond: (busiestMinute * weight) / 60,
    },
    crossing: {
      at: crossingLook * LOOK_EVERY,
      relayed: at(crossingLook, (measures) => measures.relayed),
      bound: at(crossingLook, (measures) => measures.bound),
      direct: at(crossingLook, (measures) => measures.direct),
    },
    regions,
    outage: outageSummary(
      catalogue,
      results.flatMap(({ outage }) => outage ?? []),
      weight,
    ),
    cost: costOfDay(usage),
    series: {
      continents: byContinent(catalogue, looks, (look, region) => peopleOf(look, region) * weight),
      relayed,
      direct: looks.map((look) => at(look, (measures) => measures.direct).value),
    },
    distanceShares: shares(runs),
  };
}

function distancesFrom(runs: readonly Measures[], region: number): number[] {
  const [first, ...others] = runs.map((measures) => distancesToRegion(measures, region));
  const bins = Array.from(first ?? [], (people, bin) => people + sum(others.map((other) => other[bin] ?? 0)));
  return QUANTILES.map((quantile) => histogramQuantile(bins, KM_PER_BIN, quantile));
}

/** Joins in each minute of the day, of all runs together. */
function joinsOf(runs: readonly ArrayLike<number>[]): number[] {
  return Array.from({ length: runs[0]?.length ?? 0 }, (_, minute) =>
    sum(runs.map((run) => run[minute] ?? 0)),
  );
}

function byContinent(
  catalogue: readonly CatalogueRegion[],
  looks: readonly number[],
  peopleOf: (look: number, region: number) => number,
): Map<string, number[]> {
  const series = new Map<string, number[]>();
  for (const { continent } of catalogue)
    series.set(
      continent,
      looks.map(() => 0),
    );
  for (const [number, { continent }] of catalogue.entries()) {
    const values = series.get(continent) ?? [];
    for (const look of looks) values[look] = (values[look] ?? 0) + peopleOf(look, number);
  }
  return series;
}

function shares(runs: readonly Measures[]): number[] {
  const bins: number[] = [];
  for (const measures of runs) {
    for (let batch = 0; batch < BATCHES; batch++) {
      for (const [bin, people] of distancesOf(measures, batch).entries())
        bins[bin] = (bins[bin] ?? 0) + people;
    }
  }
  const total = sum(bins);
  let seen = 0;
  return bins.map((people) => {
    seen += people;
    return seen / total;
  });
}
