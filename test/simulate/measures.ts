import { DAY, LOOKS } from './demand.ts';

/** Participants and meetings are put into so many batches at random, whose spread tells how sure a figure is. */
export const BATCHES = 10;
export const KM_PER_BIN = 5;
const BINS = Math.ceil(20_040 / KM_PER_BIN);

export type Count =
  | 'participants'
  | 'nearest'
  | 'reused'
  | 'spilled'
  | 'refused'
  | 'unreserved'
  | 'turnedAway';
export type MeetingCount = 'meetings' | 'abroad' | 'people' | 'peopleAbroad' | 'nodes' | 'crowded';

/** What one run of the world has shown. Made of typed arrays, so that it can cross threads. */
export class Measures {
  readonly regions: number;
  /** By batch and distance. */
  readonly distances = new Uint32Array(BATCHES * BINS);
  readonly counts: Record<Count, Uint32Array> = {
    participants: new Uint32Array(BATCHES),
    nearest: new Uint32Array(BATCHES),
    reused: new Uint32Array(BATCHES),
    spilled: new Uint32Array(BATCHES),
    refused: new Uint32Array(BATCHES),
    unreserved: new Uint32Array(BATCHES),
    turnedAway: new Uint32Array(BATCHES),
  };
  readonly meetings: Record<MeetingCount, Uint32Array> = {
    meetings: new Uint32Array(BATCHES),
    abroad: new Uint32Array(BATCHES),
    nodes: new Uint32Array(BATCHES),
    people: new Uint32Array(BATCHES),
    peopleAbroad: new Uint32Array(BATCHES),
    crowded: new Uint32Array(BATCHES),
  };
  readonly joinsByMinute = new Uint32Array(DAY / 60);
  /** By look, region and batch. */
  readonly people: Uint32Array;
  /** By look and batch. */
  readonly running = new Uint32Array(LOOKS * BATCHES);
  /** Bits per second, by look and batch. */
  readonly relayed = new Float64Array(LOOKS * BATCHES);
  readonly bound = new Float64Array(LOOKS * BATCHES);
  readonly direct = new Float64Array(LOOKS * BATCHES);
  /** Of the fullest node, by look and region: participants over capacity. */
  readonly fullest: Float64Array;

  /** By region of the node and distance. */
  readonly distancesTo: Uint32Array;

  constructor(regions: number) {
    this.regions = regions;
    this.distancesTo = new Uint32Array(regions * BINS);
    this.people = new Uint32Array(LOOKS * regions * BATCHES);
    this.fullest = new Float64Array(LOOKS * regions);
  }
}

export function count(counts: Uint32Array, batch: number, by = 1): void {
  counts[batch] = (counts[batch] ?? 0) + by;
}

export function countDistance(measures: Measures, batch: number, region: number, km: number): void {
  const bin = Math.min(BINS - 1, Math.floor(km / KM_PER_BIN));
  count(measures.distances, batch * BINS + bin);
  count(measures.distancesTo, region * BINS + bin);
}

/** The distances to the nodes of a region: participants in each bin of `KM_PER_BIN`. */
export function distancesToRegion(
  { distancesTo }: Pick<Measures, 'distancesTo'>,
  region: number,
): Uint32Array {
  return distancesTo.subarray(region * BINS, (region + 1) * BINS);
}

/** The distances of one batch: participants in each bin of `KM_PER_BIN`. */
export function distancesOf({ distances }: Pick<Measures, 'distances'>, batch: number): Uint32Array {
  return distances.subarray(batch * BINS, (batch + 1) * BINS);
}

export function peopleAt(
  { people, regions }: Pick<Measures, 'people' | 'regions'>,
  look: number,
  region: number,
) {
  const from = (look * regions + region) * BATCHES;
  return people.subarray(from, from + BATCHES);
}
