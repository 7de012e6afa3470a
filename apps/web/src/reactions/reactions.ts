import type { Reaction } from '@meridian/protocol';

/** In the order they are offered, with what they are called. */
export const REACTIONS = [
  ['thumbs_up', 'Thumbs up'],
  ['clap', 'Applause'],
  ['heart', 'Heart'],
  ['laugh', 'Laughter'],
  ['surprised', 'Surprise'],
  ['celebrate', 'Celebration'],
] as const satisfies readonly (readonly [Reaction, string])[];

export function reactionName(reaction: Reaction): string {
  return REACTIONS.find(([known]) => known === reaction)?.[1] ?? '';
}

export type FlyingReaction = { id: number; reaction: Reaction; name: string; lane: number };

/** More at once would hide the faces they are for. */
export const MOST_FLYING = 20;
export const LANES = 5;

/** One more in the air. The oldest make room. */
export function withReaction(
  flying: readonly FlyingReaction[],
  next: Omit<FlyingReaction, 'lane'>,
): readonly FlyingReaction[] {
  return [...flying, { ...next, lane: next.id % LANES }].slice(-MOST_FLYING);
}
