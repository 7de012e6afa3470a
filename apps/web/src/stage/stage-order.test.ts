import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stageOrder } from './stage-order.ts';

const NOBODY = new Map<string, number>();

test('people keep their places, newcomers come last', () => {
  expect(stageOrder(['b', 'a'], ['a', 'b', 'c'], null, 9, NOBODY)).toEqual(['b', 'a', 'c']);
  expect(stageOrder(['b', 'a', 'c'], ['a', 'c'], null, 9, NOBODY)).toEqual(['a', 'c']);
});

test('a speaker on the first page changes nothing', () => {
  const before = ['a', 'b', 'c'];
  expect(stageOrder(before, before, 'b', 2, NOBODY)).toBe(before);
});

test('a speaker from a later page takes the place of who has been silent longest', () => {
  const before = ['a', 'b', 'c', 'd', 'e'];
  const spoke = new Map([
    ['a', 30],
    ['b', 10],
    ['c', 20],
  ]);
  expect(stageOrder(before, before, 'e', 3, spoke)).toEqual(['a', 'e', 'c', 'd', 'b']);
  expect(stageOrder(before, before, 'e', 3, NOBODY)).toEqual(['a', 'b', 'e', 'd', 'c']);
});

test('nobody is lost, nobody is twice, and the speaker is on the first page', () => {
  const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { minLength: 1 });
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 6 }), fc.nat(9), (before, present, page, pick) => {
      const speaker = present[pick % present.length] ?? null;
      const order = stageOrder(before, present, speaker, page, NOBODY);
      expect(order.toSorted()).toEqual(present.toSorted());
      expect(order.slice(0, page)).toContain(speaker);
    }),
  );
});
