import { expect, test } from 'vitest';
import { nextItem } from './menu-keys.ts';

const ITEMS = ['Mute', 'Make host', 'Remove'];

test.each([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 2, 0],
  ['ArrowUp', 0, 2],
  ['ArrowUp', -1, 2],
  ['Home', 2, 0],
  ['End', 0, 2],
  ['m', -1, 0],
  ['m', 0, 1],
  ['M', 1, 0],
  ['r', 0, 2],
  ['x', 0, null],
  ['Enter', 0, null],
  [' ', 0, null],
])('%s from %i goes to %j', (key, current, expected) => {
  expect(nextItem(key, current, ITEMS)).toBe(expected);
});

test('an empty menu has nowhere to go', () => {
  expect(nextItem('ArrowDown', -1, [])).toBeNull();
});
