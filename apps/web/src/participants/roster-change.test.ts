import { expect, test } from 'vitest';
import { rosterChange } from './roster-change.ts';

const people = (...names: string[]) => names.map((name) => ({ id: name, displayName: name }));

test.each([
  [people('Ada'), people('Ada'), ''],
  [people('Ada'), people('Ada', 'Ben'), 'Ben joined.'],
  [people('Ada', 'Ben'), people('Ada'), 'Ben left.'],
  [people('Ada'), people('Ada', 'Ben', 'Cleo'), 'Ben and Cleo joined.'],
  [people('Ada'), people('Ada', 'B', 'C', 'D', 'E'), '4 people joined.'],
  [people('Ada', 'Ben'), people('Ada', 'Cleo'), 'Cleo joined. Ben left.'],
])('%#', (before, after, expected) => {
  expect(rosterChange(before, after)).toBe(expected);
});
