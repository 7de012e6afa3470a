import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RELAY } from '../config.ts';
import { CarriageChoice } from './carriage.ts';

describe('CarriageChoice', () => {
  test.each([
    [[0], 'thin'],
    [[2], 'thin'],
    [[0, 2], 'full'],
    [[], 'full'],
  ] as const)('begins for layers %j as %s', (layers, carriage) => {
    expect(new CarriageChoice(layers).current).toBe(carriage);
  });

  test('a wish that wanders from layer to layer stays thin', () => {
    const choice = new CarriageChoice([0]);
    expect(choice.update([0, 2], 0)).toBe('thin');
    expect(choice.update([2], RELAY.toFullAfter - 1)).toBe('thin');
    expect(choice.update([1, 2], RELAY.toFullAfter)).toBe('thin');
    expect(choice.due).toBe(2 * RELAY.toFullAfter);
  });

  test('goes to full for wishes that differ, and back when they have agreed for long', () => {
    const choice = new CarriageChoice([0]);
    choice.update([0, 1], 0);
    expect(choice.update([0, 1], RELAY.toFullAfter)).toBe('full');
    choice.update([1], 2_000);
    expect(choice.due).toBe(2_000 + RELAY.toThinAfter);
    expect(choice.update([1], 1_999 + RELAY.toThinAfter)).toBe('full');
    expect(choice.update([1], 2_000 + RELAY.toThinAfter)).toBe('thin');
  });

  test('does not change for nobody', () => {
    const choice = new CarriageChoice([0, 2]);
    choice.update([0], 0);
    choice.update([], 100);
    expect(choice.due).toBeNull();
    expect(choice.update([], 1e9)).toBe('full');
  });

  test('whatever is wished, two changes are as far apart as the shorter delay', () => {
    const layers = fc.constantFrom([], [0], [1], [2], [0, 1], [0, 2], [0, 1, 2]);
    const steps = fc.array(fc.tuple(layers, fc.integer({ min: 1, max: 3_000 })), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const choice = new CarriageChoice([0]);
        let [now, changedAt, before] = [0, Number.NEGATIVE_INFINITY, choice.current];
        for (const [wish, after] of all) {
          now += after;
          const current = choice.update(wish, now);
          if (current === before) continue;
          expect(now - changedAt).toBeGreaterThanOrEqual(Math.min(RELAY.toFullAfter, RELAY.toThinAfter));
          [changedAt, before] = [now, current];
        }
      }),
    );
  });
});
