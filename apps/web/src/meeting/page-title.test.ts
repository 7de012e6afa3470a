import { expect, test } from 'vitest';
import { pageTitle } from './page-title.ts';

test.each([
  [{ unread: 0, hands: 0, waiting: 0 }, 'Review · Meridian'],
  [{ unread: 3, hands: 0, waiting: 0 }, '(3 new) Review · Meridian'],
  [{ unread: 1, hands: 1, waiting: 2 }, '(2 waiting, Hand raised, 1 new) Review · Meridian'],
  [{ unread: 0, hands: 2, waiting: 0 }, '(2 hands raised) Review · Meridian'],
])('%j', (facts, expected) => {
  expect(pageTitle({ title: 'Review', ...facts })).toBe(expected);
});
