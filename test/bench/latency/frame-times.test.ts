import { describe, expect, it } from 'vitest';
import { delays } from './frame-times.ts';

const shown = (...list: [frame: number, at: number][]) => list.map(([frame, at]) => ({ frame, at }));

describe('delays', () => {
  it('compares showings of the same frame', () => {
    expect(delays(shown([1, 0], [2, 33], [3, 66]), shown([1, 50], [3, 120]), 1_000)).toEqual([50, 54]);
  });

  it('may be negative', () => {
    expect(delays(shown([1, 40]), shown([1, 30]), 1_000)).toEqual([-10]);
  });

  it('takes the loop of the camera into account', () => {
    expect(delays(shown([7, 0], [8, 500], [7, 1_000]), shown([7, 40], [9, 500], [7, 1_060]), 1_000)).toEqual([
      40, 60,
    ]);
  });

  it('counts a frame that is painted twice once, and leaves out what the other never showed', () => {
    expect(delays(shown([1, 0], [1, 16]), shown([1, 50], [1, 66], [2, 80]), 1_000)).toEqual([50]);
    expect(delays(shown([1, 0]), shown([1, 700]), 1_000)).toEqual([]);
  });
});
