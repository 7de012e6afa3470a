import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEGRADATION } from '../config.ts';
import { LossLadder, QUALITIES } from './loss-ladder.ts';

const LAST_PICTURE = QUALITIES.indexOf('360p15');
/** Clients report every five seconds. */
const REPORT = 5_000;

function climb(losses: readonly number[], ladder = new LossLadder(), from = 0): string[] {
  return losses.map((loss, index) => {
    ladder.report(loss, from + index * REPORT);
    return ladder.quality;
  });
}

test.each([
  [0, 'full'],
  [0.02, 'full'],
  [0.021, '720p'],
  [0.05, '720p'],
  [0.051, '360p15'],
  [0.1, '360p15'],
  [0.101, '360p15'],
  [1, '360p15'],
])('a loss of %d means %s, at once', (loss, quality) => {
  expect(climb([loss])).toEqual([quality]);
});

test('takes the picture away when it is lost twice in a row, not for one burst', () => {
  expect(climb([0.101, 0.101])).toEqual(['360p15', 'audio']);
  expect(climb([0.03, 0.5, 0.04, 0.5])).toEqual(['720p', '360p15', '360p15', 'audio']);
});

test('goes up one step at a time, when it has been calm for long enough', () => {
  expect(climb([0.2, 0.2, 0, 0, 0, 0, 0, 0, 0])).toEqual([
    '360p15',
    'audio',
    'audio',
    'audio',
    '360p15',
    '360p15',
    '720p',
    '720p',
    'full',
  ]);
});

test('a loss between the two thresholds of a step changes nothing', () => {
  expect(new Set(climb([0.03, ...Array.from({ length: 20 }, () => 0.015)]))).toEqual(new Set(['720p']));
});

test('waits longer when going up brought the loss back, and no longer than it must once that is past', () => {
  const ladder = new LossLadder();
  const calm = Array.from({ length: 40 }, () => 0);
  const first = climb([0.03, ...calm.slice(0, 3)], ladder);
  expect(first.at(-1)).toBe('full');
  const second = climb([0.03, ...calm], ladder, 4 * REPORT);
  expect(second.indexOf('full') * REPORT).toBe(2 * DEGRADATION.hold + REPORT);
  const third = climb([0.03, ...calm], ladder, 60 * REPORT);
  expect(third.indexOf('full') * REPORT).toBe(DEGRADATION.hold + REPORT);
});

test('is never better than the last loss allows, and gets back to full whatever was before', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (losses) => {
      const ladder = new LossLadder();
      losses.forEach((loss, index) => {
        const before = QUALITIES.indexOf(ladder.quality);
        ladder.report(loss, index * REPORT);
        const after = QUALITIES.indexOf(ladder.quality);
        const meant = DEGRADATION.above.filter((above) => loss > above).length;
        const allowed = before < LAST_PICTURE ? Math.min(meant, LAST_PICTURE) : meant;
        expect(after).toBeGreaterThanOrEqual(allowed);
        expect(after).toBeGreaterThanOrEqual(before - 1);
      });
      const enough = (QUALITIES.length * DEGRADATION.maxHold) / REPORT;
      climb(
        Array.from({ length: enough }, () => 0),
        ladder,
        losses.length * REPORT,
      );
      expect(ladder.quality).toBe('full');
    }),
  );
});
