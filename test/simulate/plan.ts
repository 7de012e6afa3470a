import { ANY_PLACE, PLACEMENT, rankRegions } from '../../apps/edge-control/src/placement/index.ts';
import { seeded } from '../random.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import type { CatalogueRegion } from './catalogue.ts';
import { Demand, LOOK_EVERY, LOOKS, type Seconds } from './demand.ts';
import type { RegionSize } from './fleet.ts';
import type { City } from './places.ts';
import { powerLawSizes } from './sizes.ts';
import { sum } from './statistics.ts';

/** How large regions have to be: what is expected on average, without chance and without the meetings' own nodes. */
export type Plan = {
  /** By region: participants at its own busiest moment, per meeting that begins on the day. */
  peaks: readonly number[];
  busiest: { region: number; at: Seconds };
  /** When most people of the world are in meetings: a look. */
  worldPeak: number;
};

/** Whoever plans knows where people live, when they meet and how long, and sends everybody to the nearest region. */
export function planFleet(
  catalogue: readonly CatalogueRegion[],
  cities: readonly City[],
  meanSize: number,
): Plan {
  const clocks = catalogue.map(() => new Map<number, number>());
  const areas = new Areas(cities);
  for (const city of cities) {
    const clock = clocks[nearestRegion(catalogue, city)];
    if (clock) addPeople(clock, city, areas, meanSize);
  }
  const presence = presenceByClock();
  const people = clocks.map((clock) =>
    Array.from({ length: LOOKS }, (_, look) => expectedAt(look, clock, presence) / areas.total),
  );
  const peaks = people.map((values) => Math.max(...values));
  const region = peaks.indexOf(Math.max(...peaks));
  const look = people[region]?.indexOf(peaks[region] ?? 0) ?? 0;
  const everywhere = Array.from({ length: LOOKS }, (_, at) => sum(people.map((values) => values[at] ?? 0)));
  const worldPeak = everywhere.indexOf(Math.max(...everywhere));
  return { peaks, busiest: { region, at: (look + 0.5) * LOOK_EVERY }, worldPeak };
}

/** The fleet for so many meetings a day: planned to be as full as it may be, in nodes of the usual size or a little less. */
export function sizeFleet({ peaks }: Plan, meetings: number): RegionSize[] {
  const { plannedFill, nodeCapacity, leastNodes } = ASSUMPTIONS.fleet;
  return peaks.map((peak) => {
    const places = (peak * meetings) / plannedFill;
    const nodes = Math.max(leastNodes, Math.ceil(places / nodeCapacity));
    return { nodes, capacity: Math.max(1, Math.ceil(places / nodes)) };
  });
}

/** By minutes east of UTC, the organisers whose clock says when people of the city meet. */
function addPeople(clock: Map<number, number>, city: City, areas: Areas, meanSize: number): void {
  const { scopes, besideOrganiser } = ASSUMPTIONS.people;
  const others = meanSize - 1;
  const home = scopes.city + (1 - scopes.city) * besideOrganiser;
  add(clock, city.offsetMinutes, city.weight * (1 + others * home));
  const invited = city.weight * others * (1 - besideOrganiser);
  for (const [scope, area] of [
    [scopes.country, city.country],
    [scopes.continent, city.continent],
    [scopes.world, 'world'],
  ] as const) {
    for (const [offset, share] of areas.clockOf(area)) add(clock, offset, invited * scope * share);
  }
}

/** How the people of a country, a continent or the world are spread over clocks. */
class Areas {
  readonly #weights = new Map<string, Map<number, number>>();
  readonly total: number;

  constructor(cities: readonly City[]) {
    for (const { country, continent, offsetMinutes, weight } of cities) {
      for (const area of [country, continent, 'world']) {
        const clock = this.#weights.get(area) ?? new Map<number, number>();
        this.#weights.set(area, clock);
        add(clock, offsetMinutes, weight);
      }
    }
    this.total = sum(this.#weights.get('world')?.values() ?? []);
  }

  /** Shares by minutes east of UTC. */
  clockOf(area: string): [number, number][] {
    const clock = this.#weights.get(area) ?? new Map<number, number>();
    const total = sum(clock.values());
    return [...clock].map(([offset, weight]) => [offset, weight / total]);
  }
}

/** Of a participant whose organiser's clock is UTC: how likely they are in their meeting at each look. */
function presenceByClock(): Float64Array {
  const greenwich: City = {
    location: { latitude: 0, longitude: 0 },
    country: 'GB',
    continent: 'europe',
    offsetMinutes: 0,
    weight: 1,
  };
  const pairs = powerLawSizes(2.001, 2, 3);
  const demand = new Demand([greenwich], pairs, seeded(1));
  const presence = new Float64Array(LOOKS);
  let stays = 0;
  for (let i = 0; i < PRESENCE_DRAWS; i++) {
    for (const { from, to } of demand.meeting().participants) {
      stays += 1;
      for (let look = Math.ceil(from / LOOK_EVERY - 0.5); (look + 0.5) * LOOK_EVERY < to; look++) {
        presence[look % LOOKS] = (presence[look % LOOKS] ?? 0) + 1;
      }
    }
  }
  return presence.map((count) => count / stays);
}

/** Enough for an error of 1 % in the busiest hours. */
const PRESENCE_DRAWS = 100_000;

function expectedAt(look: number, clock: ReadonlyMap<number, number>, presence: Float64Array): number {
  let people = 0;
  for (const [offset, weight] of clock) {
    const local = (look + Math.round((offset * 60) / LOOK_EVERY) + LOOKS) % LOOKS;
    people += weight * (presence[local] ?? 0);
  }
  return people;
}

function nearestRegion(catalogue: readonly CatalogueRegion[], { location }: City): number {
  const regions = catalogue.map(({ id, location: there }) => ({
    region: id,
    cell: id,
    location: there,
    nodes_up: 1,
    capacity: 1,
    free: 1,
    reported_at: 0,
  }));
  const { cells } = rankRegions(regions, { ...ANY_PLACE, location }, PLACEMENT, () => 0);
  return catalogue.findIndex(({ id }) => id === cells[0]);
}

function add(clock: Map<number, number>, offset: number, weight: number): void {
  clock.set(offset, (clock.get(offset) ?? 0) + weight);
}
