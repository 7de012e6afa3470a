import type { CatalogueRegion } from './catalogue.ts';
import type { Seconds } from './demand.ts';
import type { Outage } from './outage.ts';
import { QUANTILES, quantileOf, sum } from './statistics.ts';

export type OutageSummary = {
  region: CatalogueRegion;
  at: Seconds;
  people: number;
  /** Found a place with the first, second, … try: shares. */
  rounds: number[];
  unplaced: number;
  turnedAway: number;
  /** Kilometres, at `QUANTILES`. */
  before: number[];
  after: number[];
  /** Where they went, most first: shares, and how full those regions are then. */
  destinations: { region: CatalogueRegion; share: number; fill: number }[];
};

/** What the runs say of the loss of a region; null where none was lost. `weight` is people for each simulated one. */
export function outageSummary(
  catalogue: readonly CatalogueRegion[],
  outages: readonly Outage[],
  weight: number,
): OutageSummary | null {
  const [first] = outages;
  const region = first && catalogue[first.region];
  if (!region) return null;
  const people = sum(outages.map((outage) => outage.people));
  const rounds = Array.from(
    { length: Math.max(...outages.map((outage) => outage.rounds.length)) },
    (_, round) => sum(outages.map((outage) => outage.rounds[round] ?? 0)),
  );
  const destinations = catalogue.flatMap((destination, number) => {
    const taken = sum(outages.map((outage) => outage.taken[number] ?? 0));
    const fill = sum(outages.map((outage) => outage.fill[number] ?? 0)) / outages.length;
    return taken === 0 ? [] : [{ region: destination, share: taken / people, fill }];
  });
  return {
    region,
    at: first.at,
    people: people * weight,
    rounds: rounds.map((placed) => placed / people),
    unplaced: sum(outages.map((outage) => outage.unplaced)) / people,
    turnedAway: sum(outages.map((outage) => outage.turnedAway)) / people,
    before: QUANTILES.map((quantile) =>
      quantileOf(
        outages.flatMap(({ before }) => before),
        quantile,
      ),
    ),
    after: QUANTILES.map((quantile) =>
      quantileOf(
        outages.flatMap(({ after }) => after),
        quantile,
      ),
    ),
    destinations: destinations.toSorted((a, b) => b.share - a.share),
  };
}
