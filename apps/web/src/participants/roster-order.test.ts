import { expect, test } from 'vitest';
import { participant, SELF } from '../stage/testing.ts';
import { matching, rosterOrder } from './roster-order.ts';

test('hands first, as they went up; then oneself, hosts, names', () => {
  const people = [
    participant('zoe'),
    participant('ben', { handRaisedAt: 20 }),
    SELF,
    participant('carl', { role: 'co_host' }),
    participant('dora', { role: 'host' }),
    participant('abe'),
    participant('eve', { handRaisedAt: 10 }),
  ];
  expect(rosterOrder(people).map(({ id }) => id)).toEqual(['eve', 'ben', 'me', 'dora', 'carl', 'abe', 'zoe']);
});

test.each([
  ['', 2],
  ['noel', 1],
  ['NOËL', 1],
  ['smith j', 1],
  ['x', 0],
])('%j finds %i', (query, count) => {
  const people = [
    participant('1', { displayName: 'Noël Duarte' }),
    participant('2', { displayName: 'Jo Smith' }),
  ];
  expect(matching(people, query)).toHaveLength(count);
});
