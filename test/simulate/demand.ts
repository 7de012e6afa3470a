import type { Location } from '@meridian/protocol';
import { ASSUMPTIONS } from './assumptions.ts';
import { type City, EUROPEAN_UNION } from './places.ts';
import { drawer, type Sizes } from './sizes.ts';

/** Seconds from midnight UTC of the simulated day; negative: of the evening before. */
export type Seconds = number;

export const DAY: Seconds = 24 * 3_600;
/** Meetings of the evening before are simulated too, so that the day does not begin with empty nodes. */
export const WARM_UP: Seconds = ASSUMPTIONS.meetings.longestMinutes * 60;

/** The world is looked at in the middle of each of these. Seconds. */
export const LOOK_EVERY: Seconds = 300;
export const LOOKS = DAY / LOOK_EVERY;

export type SimulatedMeeting = {
  residency: 'none' | 'eu';
  participants: readonly Stay[];
};

/** One participant in one meeting. */
export type Stay = { city: City; location: Location; from: Seconds; to: Seconds };

/**
 * How many of those who come to a meeting are there at a time: at the busiest look, people per running meeting
 * over those who come to one. Some are late, some leave early. Found with meetings of one size: with large ones among
 * them, chance would have the say.
 */
export function attendance(cities: readonly City[], size: number, random: () => number): number {
  const demand = new Demand(cities, { mean: size, draw: () => size }, random);
  const people = new Float64Array(LOOKS);
  const running = new Float64Array(LOOKS);
  const add = (counts: Float64Array, from: Seconds, to: Seconds) => {
    const first = Math.ceil(from / LOOK_EVERY - 0.5);
    for (let at = first; (at + 0.5) * LOOK_EVERY < to; at++) {
      counts[at % counts.length] = (counts[at % counts.length] ?? 0) + 1;
    }
  };
  for (let i = 0; i < ATTENDANCE_DRAWS; i++) {
    const { participants } = demand.meeting();
    for (const { from, to } of participants) add(people, from, to);
    add(
      running,
      Math.min(...participants.map(({ from }) => from)),
      Math.max(...participants.map(({ to }) => to)),
    );
  }
  const busiest = people.indexOf(Math.max(...people));
  return (people[busiest] ?? 0) / (running[busiest] ?? 0) / size;
}

/** Enough for an error of a percent. */
const ATTENDANCE_DRAWS = 40_000;

/** Meetings as they could be on one day, one after another in no order. `random` answers numbers from 0 up to 1. */
export class Demand {
  readonly #cities: readonly City[];
  readonly #sizes: Sizes;
  readonly #random: () => number;
  readonly #anywhere: (chance: number) => number;
  readonly #within = new Map<string, { cities: City[]; draw: (chance: number) => number }>();
  readonly #hour = drawer(ASSUMPTIONS.meetings.startsByHour);

  constructor(cities: readonly City[], sizes: Sizes, random: () => number) {
    this.#cities = cities;
    this.#sizes = sizes;
    this.#random = random;
    this.#anywhere = drawer(cities.map(({ weight }) => weight));
  }

  /** A meeting that begins on the day. */
  meeting(): SimulatedMeeting {
    const organiser = this.#city(null);
    const begin = this.#begin(organiser);
    const end = begin + this.#length();
    const size = this.#sizes.draw(this.#random());
    const crowd = this.#crowd(organiser);
    const participants = [this.#stay(organiser, begin, end)];
    while (participants.length < size) participants.push(this.#stay(crowd(), begin, end));
    const { eu } = ASSUMPTIONS.residency;
    const residency = EUROPEAN_UNION.has(organiser.country) && this.#random() < eu ? 'eu' : 'none';
    return { residency, participants };
  }

  #begin({ offsetMinutes }: City): Seconds {
    const { fullHour, halfHour } = ASSUMPTIONS.meetings.starts;
    const kind = this.#random();
    const within = kind < fullHour ? 0 : kind < fullHour + halfHour ? 1_800 : this.#random() * 3_600;
    const local = this.#hour(this.#random()) * 3_600 + within;
    return (((local - offsetMinutes * 60) % DAY) + DAY) % DAY;
  }

  #length(): Seconds {
    const { medianMinutes, spread, shortestMinutes, longestMinutes } = ASSUMPTIONS.meetings;
    const minutes = medianMinutes * Math.exp(spread * this.#normal());
    return 60 * Math.min(longestMinutes, Math.max(shortestMinutes, minutes));
  }

  /** Where the others come from. */
  #crowd(organiser: City): () => City {
    const { scopes, besideOrganiser } = ASSUMPTIONS.people;
    const chance = this.#random();
    if (chance < scopes.city) return () => organiser;
    const national = chance < scopes.city + scopes.country;
    const continental = national || chance < scopes.city + scopes.country + scopes.continent;
    const area = national ? organiser.country : continental ? organiser.continent : null;
    return () => (this.#random() < besideOrganiser ? organiser : this.#city(area));
  }

  /** `area` is a country, a continent or, null, the world. */
  #city(area: string | null): City {
    const { cities, draw } =
      area === null ? { cities: this.#cities, draw: this.#anywhere } : this.#area(area);
    const city = cities[draw(this.#random())];
    if (!city) throw new Error(`nobody lives in ${area ?? 'the world'}`);
    return city;
  }

  #area(area: string) {
    let known = this.#within.get(area);
    if (!known) {
      const cities = this.#cities.filter(({ country, continent }) => country === area || continent === area);
      known = { cities, draw: drawer(cities.map(({ weight }) => weight)) };
      this.#within.set(area, known);
    }
    return known;
  }

  #stay(city: City, begin: Seconds, end: Seconds): Stay {
    const { aroundCityKm, lateMinutes, stayToEnd } = ASSUMPTIONS.people;
    const from = Math.min(begin + this.#exponential() * lateMinutes * 60, (begin + end) / 2);
    const to = this.#random() < stayToEnd ? end : from + this.#random() * (end - from);
    const location = around(city.location, this.#exponential() * aroundCityKm, this.#random());
    return { city, location, from, to };
  }

  #exponential(): number {
    return -Math.log(1 - this.#random());
  }

  #normal(): number {
    return Math.sqrt(2 * this.#exponential()) * Math.cos(2 * Math.PI * this.#random());
  }
}

const KM_PER_DEGREE = 111.2;

/** A place some way off, in any direction. On the scale of a city the earth is flat. */
function around({ latitude, longitude }: Location, km: number, direction: number): Location {
  const angle = 2 * Math.PI * direction;
  const north = (km / KM_PER_DEGREE) * Math.cos(angle);
  const east = ((km / KM_PER_DEGREE) * Math.sin(angle)) / Math.max(0.1, Math.cos((latitude * Math.PI) / 180));
  return {
    latitude: Math.max(-90, Math.min(90, latitude + north)),
    longitude: ((longitude + east + 540) % 360) - 180,
  };
}
