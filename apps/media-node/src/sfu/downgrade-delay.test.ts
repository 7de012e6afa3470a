import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DowngradeDelay } from './downgrade-delay.ts';
import { StreamDemand } from './stream-demand.ts';

describe('DowngradeDelay', () => {
  test('more is in force at once, less when it has been enough for a while', () => {
    const layers = new DowngradeDelay(3, 5_000);
    expect(layers.update(0, 0)).toBe(3);
    expect(layers.due).toBe(5_000);
    expect(layers.update(1, 2_000)).toBe(3);
    expect(layers.update(1, 4_999)).toBe(3);
    expect(layers.update(1, 5_000)).toBe(1);
    expect(layers.due).toBeNull();
    expect(layers.update(3, 5_001)).toBe(3);
  });

  test('goes down by steps to what was wished for most recently', () => {
    const layers = new DowngradeDelay(3, 5_000);
    layers.update(2, 0);
    layers.update(0, 3_000);
    expect(layers.update(0, 5_000)).toBe(2);
    expect(layers.due).toBe(8_000);
    expect(layers.update(0, 8_000)).toBe(0);
    expect(layers.due).toBeNull();
  });

  test('what is in force is the most that was wished for in the last while, whenever it is looked at', () => {
    const steps = fc.array(
      fc.record({ wanted: fc.integer({ min: 0, max: 4 }), after: fc.integer({ min: 1, max: 4_000 }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const delay = 5_000;
        const layers = new DowngradeDelay(4, delay);
        /** Wishes with when they began; the next one ends them. */
        const history = [{ wanted: 4, from: Number.NEGATIVE_INFINITY }];
        let now = 0;
        for (const { wanted, after } of all) {
          now += after;
          history.push({ wanted, from: now });
          const value = layers.update(wanted, now);
          const recent = history.filter(
            (_, i) => (history[i + 1]?.from ?? now) > now - delay || i === history.length - 1,
          );
          expect(value).toBe(Math.max(...recent.map((wish) => wish.wanted)));
          expect(value).toBeGreaterThanOrEqual(wanted);
          expect(layers.due === null).toBe(value === wanted);
        }
      }),
    );
  });
});

describe('StreamDemand', () => {
  test('is all that anybody watches, and says when that changes', () => {
    const demand = new StreamDemand();
    const seen: string[] = [];
    demand.on('changed', () => seen.push(demand.layers.join()));
    const [one, other] = [{}, {}];
    demand.set(one, [2]);
    demand.set(other, [0, 2]);
    demand.set(one, []);
    demand.set(one, [0]);
    demand.set(other, []);
    demand.set(one, []);
    expect(seen).toEqual(['2', '0,2', '0', '']);
  });
});
