import { describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { batchMeans, histogramQuantile, quantileOf, studentT } from './statistics.ts';

describe('studentT', () => {
  it('is what tables say', () => {
    expect(studentT(5)).toBeCloseTo(2.571, 1);
    expect(studentT(19)).toBeCloseTo(2.093, 3);
    expect(studentT(1_000)).toBeCloseTo(1.962, 3);
  });
});

describe('batchMeans', () => {
  it('has the truth in its interval nineteen times out of twenty', () => {
    const random = seeded(5);
    const hits = Array.from({ length: 2_000 }, () => {
      const { value, plusMinus } = batchMeans(Array.from({ length: 20 }, random));
      return Math.abs(value - 0.5) <= plusMinus;
    }).filter(Boolean).length;
    expect(hits / 2_000).toBeGreaterThan(0.93);
    expect(hits / 2_000).toBeLessThan(0.97);
  });

  it('takes more than one batch', () => {
    expect(() => batchMeans([1])).toThrow(RangeError);
  });
});

describe('quantiles', () => {
  it('are found in histograms and in lists', () => {
    expect(histogramQuantile([0, 50, 49, 1], 10, 0.5)).toBe(15);
    expect(histogramQuantile([0, 50, 49, 1], 10, 0.995)).toBe(35);
    expect(histogramQuantile([0, 0], 10, 0.5)).toBeNaN();
    expect(quantileOf([3, 1, 2], 0.5)).toBe(2);
    expect(quantileOf([3, 1, 2], 1)).toBe(3);
  });
});
