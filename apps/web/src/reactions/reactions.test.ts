import { Reaction } from '@meridian/protocol';
import { expect, test } from 'vitest';
import {
  type FlyingReaction,
  LANES,
  MOST_FLYING,
  REACTIONS,
  reactionName,
  withReaction,
} from './reactions.ts';

test('offers every reaction there is, by name', () => {
  expect(REACTIONS.map(([reaction]) => reaction).toSorted()).toEqual(Reaction.options.toSorted());
  expect(reactionName('heart')).toBe('Heart');
});

test('keeps a bounded number in the air, spread over the lanes', () => {
  let flying: readonly FlyingReaction[] = [];
  for (let id = 1; id <= 50; id++) flying = withReaction(flying, { id, reaction: 'clap', name: 'Ada' });
  expect(flying).toHaveLength(MOST_FLYING);
  expect(flying.at(-1)?.id).toBe(50);
  expect(new Set(flying.map(({ lane }) => lane)).size).toBe(LANES);
});
