import { CONFIG } from '../../apps/edge-control/src/config.ts';
import { PLACEMENT } from '../../apps/edge-control/src/placement/index.ts';
import { ROOM } from '../../apps/edge-control/src/room/config.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { PRICES, UNITS } from './cost.ts';
import { clock, number, percent, within, withinPercent } from './format.ts';
import { BATCHES } from './measures.ts';
import type { Options } from './options.ts';
import { QUANTILES, sum } from './statistics.ts';
import type { Summary } from './summary.ts';

/** The figures of the last line. */
export function metricsOf(summary: Summary): Record<string, number> {
  const { distances, shares, crossing, regions, outage, cost } = summary;
  const rounded = (value: number, digits = 0) => Number(value.toFixed(digits));
  const [p50, p95, p99] = distances.map(({ value }) => value);
  const nodes = sum(regions.map((region) => region.nodes));
  const filled = sum(regions.map((region) => region.fillAtPeak * region.nodes)) / nodes;
  return {
    exact_participants: summary.exact.participants,
    peak_meetings: rounded(summary.peakMeetings.value),
    distance_p50_km: rounded(p50 ?? 0),
    distance_p95_km: rounded(p95 ?? 0),
    distance_p99_km: rounded(p99 ?? 0),
    refused_share: rounded(shares.refused.value, 6),
    turned_away_share: rounded(shares.turnedAway.value, 6),
    meetings_abroad_share: rounded(summary.abroad.value, 4),
    crossing_gbps: rounded(crossing.relayed.value / 1e9),
    crossing_over_bound: rounded(crossing.relayed.value / crossing.bound.value, 4),
    crossing_saved: rounded(crossing.direct.value / crossing.relayed.value, 2),
    nodes,
    fill_at_peak: rounded(filled, 3),
    outage_unplaced_share: rounded(outage?.unplaced ?? 0, 6),
    control_dollars_per_day: rounded(sum(cost.map(({ dollars }) => dollars))),
  };
}

/** The report as a page of the documentation. */
export function report(summary: Summary, options: Options): string {
  return [
    introduction(summary, options),
    placementSection(summary),
    regionSection(summary),
    crossingSection(summary),
    summary.outage ? outageSection(summary.outage) : '',
    costSection(summary),
    assumptionSection(),
  ].join('\n');
}

function introduction({ exact, weight, peakAt, peakMeetings, perDay }: Summary, options: Options): string {
  return `# A day of the whole world, simulated

Made by \`npm run simulate -- --meetings ${options.meetings} --participants ${options.participants} --seed ${options.seed}\`;
do not edit. Every join, leave, reservation and change of topology goes through the functions that edge, cells and rooms
use (\`apps/edge-control/src/placement\`, \`apps/edge-control/src/topology\`) over the catalogue of regions
(\`terraform/regions.json\`). What is not code of ours (who meets whom, when, for how long) is assumed: see the
[end](#assumptions).

**${number(exact.participants)} participants in ${number(exact.meetings)} meetings were simulated one by one**, in two independent days with
seeds derived from ${options.seed}. Each stands for ${number(weight, 0)} people, so that the busiest moment has the ${number(options.participants / 1e6)} million asked
for. Intervals are 95 % confidence intervals over ${2 * BATCHES} batches of whole meetings (within a meeting people are alike), with
Student's t. They say how far chance could move a figure, not how far the assumptions could.

| | |
| --- | --- |
| busiest moment, UTC | ${clock(peakAt)} |
| meetings at that moment (asked: ${number(options.meetings / 1e6, 1)} million) | ${within(peakMeetings, 1e6, 2)} million |
| participants a day | ${number(perDay.participants / 1e6)} million |
| meetings a day | ${number(perDay.meetings / 1e6)} million |
| joins per second in the busiest minute | ${number(perDay.joinsPerSecond)} |

![People in meetings over the day](images/simulation-day.svg)
`;
}

function placementSection({
  distances,
  shares,
  abroad,
  peopleAbroad,
  severalNodes,
  nodesPerMeeting,
}: Summary): string {
  const { msPerKm } = PLACEMENT.path;
  const rows = distances.map(
    (distance, i) =>
      `| p${number((QUANTILES[i] ?? 0) * 100)} | ${within(distance, 1, 0)} km | ${number(distance.value * msPerKm, 1)} ms |`,
  );
  return `## From participants to their nodes

| | distance | round trip on that way (${msPerKm} ms/km) |
| --- | --- | --- |
${rows.join('\n')}

![Distance to the node](images/simulation-distance.svg)

| participants | share |
| --- | --- |
| in the region nearest to their city | ${withinPercent(shares.nearest)} |
| on a node their meeting already had, because a nearer one would have gained less than ${PLACEMENT.meeting.newNodeMs} ms | ${withinPercent(shares.reused)} |
| in another region, because the nearest was busy or full, or data residency forbids it | ${withinPercent(shares.spilled)} |
| refused: no place in ${CONFIG.placement.maxAttempts} cells, or turned away ${ROOM.move.rate.burst + 1} times | ${withinPercent(shares.refused, 4)} |
| given a node of the meeting other than the reserved one (whose place is given back) | ${withinPercent(shares.unreserved)} |
| of these turned away, as that node was full by then, and sent to another | ${withinPercent(shares.turnedAway, 4)} |

| meetings | |
| --- | --- |
| on nodes of several regions | ${withinPercent(abroad)} |
| people in those, of all people | ${withinPercent(peopleAbroad)} |
| on several nodes of one region | ${withinPercent(severalNodes, 3)} |
| nodes per meeting, at most at a time | ${within(nodesPerMeeting, 1, 3)} |
`;
}

function regionSection({ regions }: Summary): string {
  const rows = regions
    .toSorted((a, b) => b.nodes - a.nodes)
    .map(
      ({ region, nodes, cells, peak, peakAt, fillAtPeak, fillAtWorldPeak, distances }) =>
        `| ${region.id} | ${number(nodes)} | ${cells} | ${within(peak, 1_000, 1)} | ${clock(peakAt)} | ${percent(fillAtPeak, 0)} | ${percent(fillAtWorldPeak, 0)} | ${distances.map((km) => number(km)).join(' / ')} |`,
    );
  const { plannedFill, nodeCapacity } = ASSUMPTIONS.fleet;
  return `## Regions

Sizes are planned from expectation alone (where people live, when they meet and how long, everybody in the nearest
region): ${percent(plannedFill, 0)} full at a region's own busiest moment, with nodes of ${nodeCapacity}. How full they then were on the simulated
days is the test of the plan; a few large meetings move a small region a lot. In all
${number(sum(regions.map(({ nodes }) => nodes)))} nodes in ${number(sum(regions.map(({ cells }) => cells)))} cells.

![How full each region is](images/simulation-regions.svg)

| region | nodes | cells | people at its peak, thousands | its peak, UTC | full at its peak | full at the world's | distance p50 / p95 / p99, km |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function crossingSection({ crossing }: Summary): string {
  const { relayed, bound, direct, at } = crossing;
  return `## Media between regions

At ${clock(at)} UTC, when most crosses:

| | Gbit/s |
| --- | --- |
| relayed along the meetings' topologies | ${within(relayed, 1e9, 0)} |
| lower bound: each stream once into each region with a subscriber | ${within(bound, 1e9, 0)} |
| without relays: everybody fetches from the publisher's region | ${within(direct, 1e9, 0)} |

Relayed over bound: **${number(relayed.value / bound.value, 4)}**. Hubs of regions are all linked with one another, so no stream ever passes a third
region. Relays save a factor of ${number(direct.value / relayed.value, 1)}.

![Media between regions over the day](images/simulation-crossing.svg)
`;
}

function outageSection({
  region,
  at,
  people,
  rounds,
  unplaced,
  turnedAway,
  before,
  after,
  destinations,
}: NonNullable<Summary['outage']>): string {
  const [first = 0, ...later] = rounds;
  const rows = QUANTILES.map(
    (quantile, i) =>
      `| p${number(quantile * 100)} | ${number(before[i] ?? 0)} km | ${number(after[i] ?? 0)} km |`,
  );
  const fullest = destinations.toSorted((a, b) => b.fill - a.fill)[0];
  return `## The busiest region is lost

${region.city} (\`${region.id}\`) is lost at ${clock(at)} UTC, its busiest moment, with ${number(people / 1_000)} thousand people. All of them look for another
place at once, by a picture of the fleet as it was at that moment; who finds none tries again as they are told
(\`Retry-After\`), by a new one.

| | |
| --- | --- |
| found a place at once | ${percent(first, 2)} |
| at a later try | ${percent(sum(later), 2)} |
| sent to a node that was full by then, and on to another | ${percent(turnedAway, 2)} |
| found none in ${ASSUMPTIONS.fleet.retryRounds} tries | ${percent(unplaced, 2)} |
| regions they went to | ${destinations.length} |
| fullest of these afterwards | ${fullest ? `${fullest.region.id}, ${percent(fullest.fill, 0)}` : 'none'} |

| distance to the node | before | after |
| --- | --- | --- |
${rows.join('\n')}

![Where its people go](images/simulation-outage.svg)
`;
}

function costSection({ cost, perDay }: Summary): string {
  const total = sum(cost.map(({ dollars }) => dollars));
  const rows = cost.map(
    ({ what, amount, unit, dollars }) =>
      `| ${what} | ${number(amount / 1e6, 1)} million ${unit} | ${number(dollars)} |`,
  );
  return `## What the control plane costs

By the platform's public prices, for one such day; Postgres, media nodes and their traffic are not in it.

| | a day | US dollars |
| --- | --- | --- |
${rows.join('\n')}
| **together** | | **${number(total)}** |

That is ${number((total / perDay.participants) * 1e6)} dollars for a million participants, ${number(total * 30)} a month of such days.
`;
}

function assumptionSection(): string {
  return `## Assumptions

The day (\`test/simulate/assumptions.ts\`, with reasons):

${settings(ASSUMPTIONS)}

Prices, US dollars per unit (\`test/simulate/cost.ts\`):

${settings(PRICES)}

What one participant, meeting, node or cell takes of the control plane:

${settings(UNITS)}

Cities and their people are Natural Earth's, as the package \`city-timezones\` has them. Not simulated: standbys, moves,
nodes that fail one by one, measured round trips (all ways are estimated from distance), more than one cell per region.
Small regions consist of two small nodes in the sample, so that chance fills them more than it would fill large ones.
`;
}

/** Settings as a list, one a line, nested ones by their path. */
function settings(values: object, path = ''): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const at = path === '' ? name : `${path}.${name}`;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return settings(value, at);
      return `- \`${at}\`: ${typeof value === 'number' ? value : JSON.stringify(value).replaceAll('null', '∞')}`;
    })
    .join('\n');
}
