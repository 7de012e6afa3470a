import { type Barrier, barrierTo } from './barrier.ts';
import { type Candidate, type PlacementRequest, utilisation } from './candidate.ts';
import type { PlacementConfig } from './config.ts';
import { type Score, score } from './score.ts';

/** Why the chosen one was chosen. */
export type Reason =
  /** A place was held there. */
  | 'preferred'
  /** Nothing is nearer, and the meeting is there already. */
  | 'in_meeting'
  /** The meeting is there already, and what is nearer gains too little. */
  | 'reused'
  /** The nearest. */
  | 'nearest'
  /** What is nearer has no place or is not well. */
  | 'spilled'
  /** What is nearer is busier. */
  | 'relieved'
  /** A standby beside its primary, where another region is nearer to the participant. */
  | 'same_region'
  /** Nobody knows where the participant is. */
  | 'emptiest';

/** A candidate with what was thought of it. */
export type Considered<C extends Candidate> = {
  readonly candidate: C;
  readonly verdict: 'chosen' | 'usable' | Barrier;
  readonly score: Score;
  /** See there. */
  readonly utilisation: number;
};

export type Placement<C extends Candidate> = {
  /** Null: no candidate can be used. */
  readonly chosen: C | null;
  readonly reason: Reason | null;
  /** All of them: the chosen one, the usable ones, best first, then the others, nearest first. */
  readonly considered: readonly Considered<C>[];
};

/**
 * Where one participant is placed: of the candidates that can be used the one with the best score. Of several new
 * nodes in the region of the best one it takes two at random, and of these the emptier: that spreads people nearly as
 * well as always taking the emptiest, without sending everybody between two heartbeats to the same node.
 *
 * Pure: the same candidates, in whatever order, and the same random numbers give the same answer.
 * `random` answers numbers from 0 up to 1.
 */
export function place<C extends Candidate>(
  request: PlacementRequest,
  candidates: readonly C[],
  config: PlacementConfig,
  random: () => number,
): Placement<C> {
  const usable: Considered<C>[] = [];
  const barred: Considered<C>[] = [];
  for (const candidate of candidates) {
    const used = utilisation(candidate);
    const scored = score(candidate, used, request, config);
    const barrier = barrierTo(candidate, scored.path_ms, request, config);
    const entry: Considered<C> = {
      candidate,
      verdict: barrier ?? 'usable',
      score: scored,
      utilisation: used,
    };
    (barrier === null ? usable : barred).push(entry);
  }
  usable.sort(byScore);
  barred.sort(byPath);
  const chosen = preferred(usable, request) ?? oneOfTwo(peersOfBest(usable), random);
  if (chosen === null) return { chosen: null, reason: null, considered: barred };
  const rest = usable.filter((entry) => entry !== chosen);
  return {
    chosen: chosen.candidate,
    reason: reasonFor(chosen, rest, barred, request),
    considered: [{ ...chosen, verdict: 'chosen' }, ...rest, ...barred],
  };
}

function preferred<C extends Candidate>(
  usable: readonly Considered<C>[],
  { prefer }: PlacementRequest,
): Considered<C> | null {
  return usable.find(({ candidate }) => candidate.id === prefer) ?? null;
}

/** The best one, and what is as good but for its load: nodes of its region, none of which the meeting has. */
function peersOfBest<C extends Candidate>(usable: readonly Considered<C>[]): readonly Considered<C>[] {
  const [best] = usable;
  if (!best || best.candidate.attached !== null) return usable.slice(0, 1);
  return usable.filter(
    ({ candidate, score: { path_ms } }) =>
      candidate.attached === null &&
      candidate.region === best.candidate.region &&
      path_ms === best.score.path_ms,
  );
}

function oneOfTwo<C extends Candidate>(
  peers: readonly Considered<C>[],
  random: () => number,
): Considered<C> | null {
  if (peers.length < 2) return peers[0] ?? null;
  const first = Math.floor(random() * peers.length);
  const second = Math.floor(random() * (peers.length - 1));
  const one = peers[first];
  const other = peers[second < first ? second : second + 1];
  if (!one || !other) return one ?? null;
  return other.utilisation < one.utilisation ? other : one;
}

function reasonFor<C extends Candidate>(
  { candidate, score: { path_ms } }: Considered<C>,
  rest: readonly Considered<C>[],
  barred: readonly Considered<C>[],
  { prefer, location, standby }: PlacementRequest,
): Reason {
  if (candidate.id === prefer) return 'preferred';
  const nearer = (entry: Considered<C>) => entry.score.path_ms < path_ms;
  if (rest.some(nearer)) {
    if (standby?.region === candidate.region) return 'same_region';
    return candidate.attached === null ? 'relieved' : 'reused';
  }
  if (candidate.attached !== null) return 'in_meeting';
  if (barred.some(nearer)) return 'spilled';
  return location === null && candidate.rtt_ms === null ? 'emptiest' : 'nearest';
}

function byScore<C extends Candidate>(a: Considered<C>, b: Considered<C>): number {
  return (
    a.score.total_ms - b.score.total_ms ||
    a.utilisation - b.utilisation ||
    compare(a.candidate.id, b.candidate.id)
  );
}

function byPath<C extends Candidate>(a: Considered<C>, b: Considered<C>): number {
  return a.score.path_ms - b.score.path_ms || compare(a.candidate.id, b.candidate.id);
}

function compare(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
