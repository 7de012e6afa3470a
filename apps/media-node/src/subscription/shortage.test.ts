import { expect, test } from 'vitest';
import { fallbackLayer } from './shortage.ts';

test.each([
  ['it has what it is to have', 2, 2, false, null],
  ['its path carries less', 2, 1, false, 1],
  ['its path carries nothing', 2, null, false, 0],
  ['more comes than it is to have', 0, 2, false, null],
  ['the only layer comes', 2, 0, true, null],
  ['the only layer does not fit', 2, null, true, 0],
  ['there is nothing lower', 0, null, true, null],
])('when %s', (_what, wished, current, single, fallback) => {
  expect(fallbackLayer(wished, current, single)).toBe(fallback);
});
