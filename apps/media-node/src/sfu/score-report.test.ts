import { expect, test } from 'vitest';
import { scoresOf } from './score-report.ts';

test('there is a score for each encoding, 0 for one that has sent nothing', () => {
  const scores = [
    { encodingIdx: 2, score: 7 },
    { encodingIdx: 0, score: 10 },
  ];
  expect(scoresOf(scores, 3)).toEqual([10, 0, 7]);
  expect(scoresOf([], 1)).toEqual([0]);
});
