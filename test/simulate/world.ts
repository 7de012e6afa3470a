import { CONFIG } from '../../apps/edge-control/src/config.ts';
import {
  chooseNode,
  distanceKm,
  explainAll,
  PLACEMENT,
  rankRegions,
} from '../../apps/edge-control/src/placement/index.ts';
import { ROOM } from '../../apps/edge-control/src/room/config.ts';
import {
  addNode,
  EMPTY_TOPOLOGY,
  removeNode,
  type Topology,
} from '../../apps/edge-control/src/topology/index.ts';
import type { CatalogueRegion } from './catalogue.ts';
import type { Seconds, SimulatedMeeting, Stay } from './demand.ts';
import type { SimulatedFleet, SimulatedNode } from './fleet.ts';
import { count, countDistance, type Measures } from './measures.ts';
import type { City } from './places.ts';

/** A node of a meeting, with those of its people who are there. */
export type Attended = { readonly node: SimulatedNode; people: number };

export type RunningMeeting = {
  readonly residency: SimulatedMeeting['residency'];
  readonly batch: number;
  nodes: Attended[];
  topology: Topology;
  /** It has been on nodes of several regions at a time. */
  abroad: boolean;
  /** Nodes it has had at most. */
  most: number;
  /** Who come to it in all, and of these who have not left yet. */
  readonly size: number;
  left: number;
};

/** The node somebody is given, and the one that was reserved for them. */
export type Placed = { node: SimulatedNode; reserved: SimulatedNode };

const NOWHERE = { capacity: 0, node_id: '' };

/** The control plane of the simulated day: joins and leaves, by the functions that production uses. */
export class World {
  readonly #catalogue: readonly CatalogueRegion[];
  readonly #fleet: SimulatedFleet;
  readonly #measures: Measures;
  readonly #random: () => number;
  readonly #nearest = new Map<City, number>();
  readonly running = new Set<RunningMeeting>();

  constructor(
    catalogue: readonly CatalogueRegion[],
    fleet: SimulatedFleet,
    measures: Measures,
    random: () => number,
  ) {
    this.#catalogue = catalogue;
    this.#fleet = fleet;
    this.#measures = measures;
    this.#random = random;
  }

  open({ residency, participants }: SimulatedMeeting, batch: number): RunningMeeting {
    return {
      residency,
      batch,
      nodes: [],
      topology: EMPTY_TOPOLOGY,
      abroad: false,
      most: 0,
      size: participants.length,
      left: participants.length,
    };
  }

  /** Somebody joins; null when there is no place for them. Those of the day are counted. */
  join(meeting: RunningMeeting, stay: Stay, now: Seconds): SimulatedNode | null {
    const { placed, turnedAway } = this.find(meeting, stay, now);
    if (placed) this.attach(meeting, placed.node);
    if (now >= 0) this.#count(meeting, placed, turnedAway, stay, now);
    return placed?.node ?? null;
  }

  /**
   * As the edge, a cell and the room do it: the nearest region with a place, a node there, one of the meeting's
   * instead. A node that is full by then turns them away, and they ask the room for another.
   */
  find(meeting: RunningMeeting, stay: Stay, now: Seconds): { placed: Placed | null; turnedAway: number } {
    const avoided: string[] = [];
    for (;;) {
      const placed = this.#place(meeting, stay, now, avoided);
      const { capacity, node_id } = placed?.node.description ?? NOWHERE;
      if (placed === null || placed.node.participants < capacity) {
        return { placed, turnedAway: avoided.length };
      }
      if (avoided.length === ROOM.move.rate.burst) return { placed: null, turnedAway: avoided.length };
      avoided.push(node_id);
    }
  }

  #place(
    { residency, nodes }: RunningMeeting,
    { location }: Stay,
    now: Seconds,
    avoided: readonly string[],
  ): Placed | null {
    const snapshot = this.#fleet.snapshot(now);
    const { cells, considered } = rankRegions(snapshot, { location, residency }, PLACEMENT, this.#random);
    for (const cell of cells.slice(0, CONFIG.placement.maxAttempts)) {
      const reserved = this.#fleet.reserve(cell, (node) => nodes.some((one) => one.node === node), avoided);
      if (reserved === null) continue;
      const known = nodes
        .filter(({ node }) => !avoided.includes(node.description.node_id))
        .map(({ node, people }) => ({
          node: node.description,
          attached: people,
          standbys: 0,
          reachable: !this.#fleet.isLost(node.region),
        }));
      // Only what the meeting already has is weighed against it by region.
      const regions = nodes.length === 0 ? [] : explainAll(considered, 'region', location);
      const found = { node: reserved.description, regions };
      const choice = chooseNode(known, found, location, PLACEMENT);
      const chosen = nodes.find(({ node }) => node.description === choice.node)?.node ?? reserved;
      return { node: chosen, reserved };
    }
    return null;
  }

  attach(meeting: RunningMeeting, node: SimulatedNode): void {
    node.participants += 1;
    this.running.add(meeting);
    const known = meeting.nodes.find((one) => one.node === node);
    if (known) {
      known.people += 1;
      return;
    }
    meeting.nodes.push({ node, people: 1 });
    meeting.topology = addNode(meeting.topology, node.description);
    meeting.most = Math.max(meeting.most, meeting.nodes.length);
    meeting.abroad ||= meeting.nodes.some((one) => one.node.region !== node.region);
  }

  detach(meeting: RunningMeeting, node: SimulatedNode): void {
    const known = meeting.nodes.find((one) => one.node === node);
    if (!known) return;
    node.participants -= 1;
    known.people -= 1;
    if (known.people > 0) return;
    meeting.nodes = meeting.nodes.filter((one) => one !== known);
    meeting.topology = removeNode(meeting.topology, node.description.node_id);
  }

  /** Somebody leaves, from no node when they had found no place. The last one ends the meeting. */
  leave(meeting: RunningMeeting, node: SimulatedNode | null, now: Seconds): void {
    if (node) this.detach(meeting, node);
    meeting.left -= 1;
    if (meeting.left > 0) return;
    this.running.delete(meeting);
    if (now < 0) return;
    const { meetings } = this.#measures;
    count(meetings.meetings, meeting.batch);
    count(meetings.people, meeting.batch, meeting.size);
    if (meeting.abroad) {
      count(meetings.abroad, meeting.batch);
      count(meetings.peopleAbroad, meeting.batch, meeting.size);
    }
    count(meetings.nodes, meeting.batch, meeting.most);
    if (meeting.most > 1 && !meeting.abroad) count(meetings.crowded, meeting.batch);
  }

  #count(
    { batch }: RunningMeeting,
    placed: Placed | null,
    turnedAway: number,
    { city, location }: Stay,
    now: Seconds,
  ): void {
    const { counts, joinsByMinute } = this.#measures;
    count(counts.participants, batch);
    count(joinsByMinute, Math.floor(now / 60));
    if (turnedAway > 0) count(counts.turnedAway, batch);
    if (placed === null) {
      count(counts.refused, batch);
      return;
    }
    const { node, reserved } = placed;
    countDistance(this.#measures, batch, node.region, distanceKm(location, node.description.location));
    if (node.region === this.#nearestTo(city)) count(counts.nearest, batch);
    else if (node.region !== reserved.region) count(counts.reused, batch);
    else count(counts.spilled, batch);
    if (node !== reserved) count(counts.unreserved, batch);
  }

  #nearestTo(city: City): number {
    const known = this.#nearest.get(city);
    if (known !== undefined) return known;
    const distances = this.#catalogue.map(({ location }) => distanceKm(city.location, location));
    const nearest = distances.indexOf(Math.min(...distances));
    this.#nearest.set(city, nearest);
    return nearest;
  }
}
