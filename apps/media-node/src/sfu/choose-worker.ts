import { PLACEMENT } from '../config.ts';

/** What there is to know of a worker when somebody new is to be put on one. */
export type WorkerUse = {
  /** Share of its core it used lately, 0–1. */
  cpu: number;
  /** Producers and consumers on it, of all meetings. */
  streams: number;
  /** Participants on it, of all meetings, those who are just coming in included. */
  seats: number;
  /** Of them, those of the meeting in question. */
  ofMeeting: number;
};

/**
 * How full a worker is: 1 is where others should be used. CPU is what counts, but shows only once media
 * flows; streams and seats tell of who has come since.
 */
export function fullness(use: WorkerUse, streamsPerWorker: number): number {
  const streams = use.streams + use.seats * PLACEMENT.streamsPerSeat;
  return Math.max(use.cpu / PLACEMENT.fullCpu, streams / streamsPerWorker);
}

/**
 * The index of the worker for one more participant of a meeting; -1 when there is none. A meeting stays on
 * one worker until that is full, then goes on to the emptiest: a stream that crosses between workers costs
 * a packet more on each, so it should cross for many receivers at once.
 */
export function chooseWorker(workers: readonly WorkerUse[], streamsPerWorker: number): number {
  let best = -1;
  let bestRank: readonly number[] = [];
  for (const [index, use] of workers.entries()) {
    const full = fullness(use, streamsPerWorker);
    const hasRoom = use.ofMeeting > 0 && full < 1;
    const rank = hasRoom
      ? // Where most of the meeting is, among those of its workers that have room.
        [0, -use.ofMeeting, full]
      : // A small difference in load is no reason to open yet another worker.
        [1, full - (use.ofMeeting > 0 ? PLACEMENT.together : 0), use.seats];
    if (best === -1 || isLess(rank, bestRank)) {
      best = index;
      bestRank = rank;
    }
  }
  return best;
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}
