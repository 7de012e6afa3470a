import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { median, printResult, quantile } from './statistics.ts';

describe('quantile', () => {
  it('is one of the values, with that part of them at or below it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p) => {
          const found = quantile(values, p);
          expect(values).toContain(found);
          const atOrBelow = values.filter((value) => value <= found).length;
          expect(atOrBelow).toBeGreaterThanOrEqual(Math.floor(p * values.length));
        },
      ),
    );
  });

  it('knows the ends and the middle', () => {
    expect([quantile([3, 1, 2], 0), median([3, 1, 2]), quantile([3, 1, 2], 1)]).toEqual([1, 2, 3]);
    expect(median([])).toBeNaN();
  });
});

describe('printResult', () => {
  it('prints one line of JSON, and refuses what is no number', () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    printResult('sums', { two: 2.00004, third: 1 / 3 });
    expect(print).toHaveBeenCalledExactlyOnceWith('{"bench":"sums","metrics":{"two":2,"third":0.333}}');
    expect(() => printResult('sums', { nothing: Number.NaN })).toThrow('nothing');
    print.mockRestore();
  });
});
