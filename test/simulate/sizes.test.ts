import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { drawer, powerLawSizes } from './sizes.ts';

describe('powerLawSizes', () => {
  it('has the mean that is asked for, and now and then a very large meeting', () => {
    const sizes = powerLawSizes(5, 2, 1_000);
    expect(sizes.mean).toBeCloseTo(5, 6);
    const random = seeded(3);
    const drawn = Array.from({ length: 200_000 }, () => sizes.draw(random()));
    const mean = drawn.reduce((sum, size) => sum + size, 0) / drawn.length;
    expect(mean).toBeGreaterThan(4.8);
    expect(mean).toBeLessThan(5.2);
    expect(drawn.reduce((least, size) => Math.min(least, size))).toBe(2);
    expect(drawn.filter((size) => size > 500).length).toBeGreaterThan(0);
    // Most are small: half of all have two or three.
    expect(drawn.filter((size) => size <= 3).length / drawn.length).toBeGreaterThan(0.5);
  });

  it('says when there is none', () => {
    expect(() => powerLawSizes(2, 2, 1_000)).toThrow(RangeError);
    expect(() => powerLawSizes(600, 2, 1_000)).toThrow(RangeError);
  });
});

describe('drawer', () => {
  it('draws each index as often as it weighs, and never one without weight', () => {
    const weights = fc
      .array(fc.nat(5), { minLength: 1, maxLength: 12 })
      .filter((all) => all.some((one) => one > 0));
    fc.assert(
      fc.property(weights, (all) => {
        const draw = drawer(all);
        const total = all.reduce((sum, one) => sum + one, 0);
        const drawn = all.map(() => 0);
        for (let i = 0; i < total; i++) {
          const index = draw((i + 0.5) / total);
          drawn[index] = (drawn[index] ?? 0) + 1;
        }
        expect(drawn).toEqual(all);
      }),
    );
  });
});
