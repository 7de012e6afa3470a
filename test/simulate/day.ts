import { seeded } from '../random.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import type { CatalogueRegion } from './catalogue.ts';
import {
  DAY,
  Demand,
  LOOK_EVERY,
  type Seconds,
  type SimulatedMeeting,
  type Stay,
  WARM_UP,
} from './demand.ts';
import { type RegionSize, SimulatedFleet, type SimulatedNode } from './fleet.ts';
import { BATCHES, count, Measures } from './measures.ts';
import { type Attendee, loseRegion, type Outage } from './outage.ts';
import { readCities } from './places.ts';
import { powerLawSizes } from './sizes.ts';
import { crossing } from './traffic.ts';
import { type RunningMeeting, World } from './world.ts';

export type DayOptions = {
  seed: number;
  /** Meetings that begin on the day. */
  meetings: number;
  meanSize: number;
  /** By region of the catalogue. */
  fleet: readonly RegionSize[];
  /** A region to lose, and when; null: none. */
  outage: { region: number; at: Seconds } | null;
};

export type DayResult = { measures: Measures; outage: Outage | null };

/** One participant of one meeting; `node` is where they are, null before and after, and where no place was found. */
type Guest = { meeting: RunningMeeting; stay: Stay; node: SimulatedNode | null };

/** A day of meetings, second by second. The same options give the same result. */
export function simulateDay(catalogue: readonly CatalogueRegion[], options: DayOptions): DayResult {
  const random = seeded(options.seed);
  const measures = new Measures(catalogue.length);
  const fleet = new SimulatedFleet(catalogue, options.fleet, random);
  const world = new World(catalogue, fleet, measures, random);
  const agenda = new Agenda();
  const { smallest, largest } = ASSUMPTIONS.meetings;
  const demand = new Demand(readCities(), powerLawSizes(options.meanSize, smallest, largest), random);
  for (let i = 0; i < options.meetings; i++) {
    const meeting = demand.meeting();
    agenda.add(world.open(meeting, i % BATCHES), meeting, 0);
    // Those of late in the day also stand for those that ran over from the evening before.
    if (meeting.participants.some(({ from }) => from >= DAY - WARM_UP)) {
      agenda.add(world.open(meeting, i % BATCHES), meeting, -DAY);
    }
  }

  const present = new Set<Guest>();
  let outage: Outage | null = null;
  for (let now = -WARM_UP; now < DAY; now++) {
    for (const guest of agenda.leaving(now)) {
      present.delete(guest);
      world.leave(guest.meeting, guest.node, now);
    }
    for (const guest of agenda.joining(now)) {
      guest.node = world.join(guest.meeting, guest.stay, now);
      present.add(guest);
    }
    if (now >= 0 && now % LOOK_EVERY === LOOK_EVERY / 2) look(measures, catalogue, fleet, world, now);
    if (options.outage?.at === now) {
      const attendees: Attendee[] = [];
      for (const { meeting, stay, node } of present) if (node) attendees.push({ meeting, stay, node });
      outage = loseRegion(world, fleet, catalogue.length, options.outage.region, attendees, now);
    }
  }
  return { measures, outage };
}

/** Who comes and goes in which second. */
class Agenda {
  readonly #joining = new Map<Seconds, Guest[]>();
  readonly #leaving = new Map<Seconds, Guest[]>();

  /** `shift` moves the meeting by so many seconds. */
  add(meeting: RunningMeeting, { participants }: SimulatedMeeting, shift: Seconds): void {
    for (const stay of participants) {
      const guest: Guest = { meeting, stay, node: null };
      const from = Math.floor(stay.from) + shift;
      put(this.#joining, Math.max(-WARM_UP, from), guest);
      put(this.#leaving, Math.max(-WARM_UP, from, Math.floor(stay.to) + shift) + 1, guest);
    }
  }

  joining(now: Seconds): readonly Guest[] {
    return take(this.#joining, now);
  }

  leaving(now: Seconds): readonly Guest[] {
    return take(this.#leaving, now);
  }
}

function put(agenda: Map<Seconds, Guest[]>, at: Seconds, guest: Guest): void {
  const known = agenda.get(at);
  if (known) known.push(guest);
  else agenda.set(at, [guest]);
}

function take(agenda: Map<Seconds, Guest[]>, at: Seconds): readonly Guest[] {
  const guests = agenda.get(at) ?? [];
  agenda.delete(at);
  return guests;
}

/** Notes how the world is at a moment. */
function look(
  measures: Measures,
  catalogue: readonly CatalogueRegion[],
  fleet: SimulatedFleet,
  world: World,
  now: Seconds,
): void {
  const index = Math.floor(now / LOOK_EVERY);
  for (const meeting of world.running) {
    const { batch, nodes, topology } = meeting;
    const at = index * BATCHES + batch;
    count(measures.running, at);
    for (const { node, people } of nodes) {
      count(measures.people, (index * catalogue.length + node.region) * BATCHES + batch, people);
    }
    if (nodes.length < 2) continue;
    const attended = nodes.map(({ node, people }) => ({
      id: node.description.node_id,
      region: node.region,
      people,
    }));
    const { relayed, bound, direct } = crossing(topology.links, attended);
    measures.relayed[at] = (measures.relayed[at] ?? 0) + relayed;
    measures.bound[at] = (measures.bound[at] ?? 0) + bound;
    measures.direct[at] = (measures.direct[at] ?? 0) + direct;
  }
  for (const number of catalogue.keys()) {
    const fills = fleet
      .nodesIn(number)
      .map(({ participants, description }) => participants / description.capacity);
    measures.fullest[index * catalogue.length + number] = Math.max(0, ...fills);
  }
}
