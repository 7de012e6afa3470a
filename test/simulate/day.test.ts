import { describe, expect, it } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { simulateDay } from './day.ts';
import { LOOKS } from './demand.ts';
import { peopleAt } from './measures.ts';
import { readCities } from './places.ts';
import { planFleet, sizeFleet } from './plan.ts';
import { sum } from './statistics.ts';
import { summarise } from './summary.ts';

const CATALOGUE = readCatalogue();
const MEETINGS = 500;
const PLAN = planFleet(CATALOGUE, readCities(), 5);
const run = (seed: number, capacity: number) => {
  const fleet = CATALOGUE.map(() => ({ nodes: 2, capacity }));
  return simulateDay(CATALOGUE, { seed, meetings: MEETINGS, meanSize: 5, fleet, outage: PLAN.busiest });
};

describe('simulateDay', () => {
  it('places everybody where there is room, and leaves nobody behind', () => {
    const { measures, outage } = run(1, 1e6);
    const { participants, refused, turnedAway, nearest, reused, spilled } = measures.counts;
    expect(sum(participants)).toBeGreaterThan(MEETINGS * 4);
    expect(sum(refused) + sum(turnedAway)).toBe(0);
    expect(sum(nearest) + sum(reused) + sum(spilled)).toBe(sum(participants));
    expect(sum(nearest) / sum(participants)).toBeGreaterThan(0.8);
    expect(sum(measures.relayed)).toBeCloseTo(sum(measures.bound), -3);
    expect(outage?.people).toBe(sum(outage?.taken ?? []));
    expect(outage?.taken[PLAN.busiest.region]).toBe(0);
  });

  it('refuses people rather than putting them where there is no place', () => {
    const { measures } = run(2, 1);
    expect(sum(measures.counts.refused)).toBeGreaterThan(0);
    for (const fullest of measures.fullest) expect(fullest).toBeLessThanOrEqual(1);
    for (let look = 0; look < LOOKS; look++) {
      for (const region of CATALOGUE.keys())
        expect(sum(peopleAt(measures, look, region))).toBeLessThanOrEqual(2);
    }
  });

  it('says the same again with the same seed', () => {
    expect(run(3, 200)).toEqual(run(3, 200));
  });
});

describe('the plan', () => {
  it('foresees where people will be: regions are about as full as planned', () => {
    const meetings = 3_000;
    const fleet = sizeFleet(PLAN, meetings);
    const results = [4, 5].map((seed) =>
      simulateDay(CATALOGUE, { seed, meetings, meanSize: 5, fleet, outage: PLAN.busiest }),
    );
    const summary = summarise(CATALOGUE, PLAN, fleet, results, 50e6);
    const nodes = sum(summary.regions.map((region) => region.nodes));
    const filled = sum(summary.regions.map((region) => region.fillAtPeak * region.nodes)) / nodes;
    expect(filled).toBeGreaterThan(0.4);
    expect(filled).toBeLessThan(1);
    // Asked for: 5 in a meeting. What chance leaves open is said.
    const { value, plusMinus } = summary.peakMeetings;
    expect(Math.abs(value - 10e6)).toBeLessThan(2 * plusMinus + 0.2 * 10e6);
    expect(summary.outage?.unplaced).toBeLessThan(0.05);
  }, 30_000);
});
