import { expect, test } from 'vitest';
import { elapsedText } from './elapsed-text.ts';

test.each([
  [-5_000, '0:00'],
  [0, '0:00'],
  [7_999, '0:07'],
  [247_000, '4:07'],
  [3_750_000, '1:02:30'],
  [36_000_000, '10:00:00'],
])('%i ms is %s', (milliseconds, expected) => {
  expect(elapsedText(milliseconds)).toBe(expected);
});
