import { CONFIG } from '../../apps/edge-control/src/config.ts';
import { distanceKm } from '../../apps/edge-control/src/placement/index.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import type { Seconds, Stay } from './demand.ts';
import type { SimulatedFleet, SimulatedNode } from './fleet.ts';
import type { RunningMeeting, World } from './world.ts';

/** Somebody who is in a meeting now. */
export type Attendee = { meeting: RunningMeeting; stay: Stay; node: SimulatedNode };

export type Outage = {
  region: number;
  at: Seconds;
  people: number;
  /** By region, those who go there. */
  taken: number[];
  /** Found a place with the first, second, … try. */
  rounds: number[];
  unplaced: number;
  /** Came to a node that was full by then, once or more. */
  turnedAway: number;
  /** From the node, before and after. Kilometres. */
  before: number[];
  after: number[];
  /** By region: participants over capacity afterwards. */
  fill: number[];
};

/**
 * What happens when a region is lost: everybody there looks for another place within the same few seconds, while the
 * edge's picture of the other regions is as old as it may be. Who finds none tries again as they are told. The world
 * is left as it was.
 */
export function loseRegion(
  world: World,
  fleet: SimulatedFleet,
  regions: number,
  region: number,
  attendees: readonly Attendee[],
  at: Seconds,
): Outage {
  const homeless = attendees.filter(({ node }) => node.region === region);
  const outage: Outage = {
    region,
    at,
    people: homeless.length,
    taken: new Array<number>(regions).fill(0),
    rounds: [],
    unplaced: 0,
    turnedAway: 0,
    before: homeless.map(({ stay, node }) => distanceKm(stay.location, node.description.location)),
    after: [],
    fill: [],
  };
  fleet.lose(region);
  for (const { meeting, node } of homeless) world.detach(meeting, node);
  const moved: { attendee: Attendee; node: SimulatedNode }[] = [];
  let waiting = homeless;
  for (let round = 0; waiting.length > 0 && round < ASSUMPTIONS.fleet.retryRounds; round++) {
    // Each round begins with a new picture, and all of it goes by that one.
    const now = at + (round * Math.max(CONFIG.http.noCapacityRetryMs, CONFIG.placement.snapshotMs)) / 1_000;
    const still: Attendee[] = [];
    for (const attendee of waiting) {
      const { placed, turnedAway } = world.find(attendee.meeting, attendee.stay, now);
      outage.turnedAway += Math.min(1, turnedAway);
      if (placed === null) {
        still.push(attendee);
        continue;
      }
      world.attach(attendee.meeting, placed.node);
      moved.push({ attendee, node: placed.node });
    }
    outage.rounds.push(waiting.length - still.length);
    waiting = still;
  }
  outage.unplaced = waiting.length;
  for (const { attendee, node } of moved) {
    outage.taken[node.region] = (outage.taken[node.region] ?? 0) + 1;
    outage.after.push(distanceKm(attendee.stay.location, node.description.location));
  }
  outage.fill = outage.taken.map((_, number) => fillOf(fleet, number));
  for (const { attendee, node } of moved) world.detach(attendee.meeting, node);
  fleet.restore(region);
  for (const { meeting, node } of homeless) world.attach(meeting, node);
  return outage;
}

export function fillOf(fleet: SimulatedFleet, region: number): number {
  const nodes = fleet.isLost(region) ? [] : fleet.nodesIn(region);
  const capacity = nodes.reduce((sum, { description }) => sum + description.capacity, 0);
  return capacity === 0 ? 0 : fleet.participantsIn(region) / capacity;
}
