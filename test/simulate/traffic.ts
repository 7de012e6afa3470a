import { breadthFirstTree } from '@meridian/protocol';
import type { TopologyLink } from '../../apps/edge-control/src/topology/index.ts';
import { ASSUMPTIONS } from './assumptions.ts';

/** Bits per second that a meeting sends from regions into others. */
export type Crossing = {
  /** Along the topology's links, each stream once over each link behind which somebody wants it. */
  relayed: number;
  /** What any topology needs at least: each stream once into each other region with people. */
  bound: number;
  /** If everybody fetched what they see from the node of its publisher. */
  direct: number;
};

export type Attendance = { id: string; region: number; people: number };

/**
 * What crosses regions in a meeting. Cameras and microphones are spread evenly over the people; everybody wants to see
 * and hear the same, as many videos as are visible at once and everybody's voice or the loudest.
 */
export function crossing(links: readonly TopologyLink[], nodes: readonly Attendance[]): Crossing {
  const attended = nodes.filter(({ people }) => people > 0);
  const peopleIn = new Map<number, number>();
  for (const { region, people } of attended) peopleIn.set(region, (peopleIn.get(region) ?? 0) + people);
  const result = { relayed: 0, bound: 0, direct: 0 };
  if (peopleIn.size < 2) return result;
  const total = attended.reduce((sum, { people }) => sum + people, 0);
  const regions = new Map(nodes.map(({ id, region }) => [id, region]));
  const each = bitsPerPerson(total);
  for (const { id, region, people } of attended) {
    const sent = people * each;
    result.relayed += sent * copiesAbroad(links, id, attended, regions);
    result.bound += sent * (peopleIn.size - 1);
    result.direct += sent * (total - (peopleIn.get(region) ?? 0));
  }
  return result;
}

/** Links between regions on the tree of streams from `origin`, as far as somebody is behind them. */
function copiesAbroad(
  links: readonly TopologyLink[],
  origin: string,
  attended: readonly Attendance[],
  regions: ReadonlyMap<string, number>,
): number {
  const parents = breadthFirstTree(links, origin);
  const passed = new Set<string>();
  let copies = 0;
  for (const { id } of attended) {
    for (let node = id; !passed.has(node); ) {
      passed.add(node);
      const parent = parents.get(node);
      if (parent === null || parent === undefined) break;
      if (regions.get(node) !== regions.get(parent)) copies += 1;
      node = parent;
    }
  }
  return copies;
}

/** Sent by each of so many people, on average, of what others want. */
export function bitsPerPerson(people: number): number {
  const { cameras, visible, audioSlots, audioBps, layers } = ASSUMPTIONS.media;
  const bps = layers.find(({ upTo }) => people <= upTo)?.bps ?? 0;
  const videos = Math.min(people * cameras, visible) / people;
  const voices = people <= AUDIO_FOR_ALL ? 1 : audioSlots / people;
  return videos * bps + voices * audioBps;
}

/** Beyond so many open microphones listeners have slots. */
const AUDIO_FOR_ALL = 12;
