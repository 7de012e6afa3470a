import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placePopover } from './place-popover.ts';

const WINDOW = { width: 1000, height: 800 };
const SIZE = { width: 200, height: 300 };

test('stands on the side it was asked to', () => {
  const anchor = { left: 400, top: 400, width: 40, height: 40 };
  expect(placePopover(anchor, SIZE, WINDOW, { side: 'below', align: 'start' })).toEqual({
    left: 400,
    top: 448,
  });
  expect(placePopover(anchor, SIZE, WINDOW, { side: 'above', align: 'end' })).toEqual({ left: 240, top: 92 });
  expect(placePopover(anchor, SIZE, WINDOW, { side: 'below', align: 'center' }).left).toBe(320);
});

test('turns over where there is more room', () => {
  const low = { left: 400, top: 740, width: 40, height: 40 };
  expect(placePopover(low, SIZE, WINDOW, { side: 'below', align: 'start' }).top).toBe(432);
});

test('is never outside of a window it fits in', () => {
  const side = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.constantFrom('above' as const, 'below' as const),
      fc.constantFrom('start' as const, 'center' as const, 'end' as const),
      (left, top, at, align) => {
        const place = placePopover({ left, top, width: 40, height: 40 }, SIZE, WINDOW, { side: at, align });
        expect(place.left).toBeGreaterThanOrEqual(8);
        expect(place.top).toBeGreaterThanOrEqual(8);
        expect(place.left + SIZE.width).toBeLessThanOrEqual(992);
        expect(place.top + SIZE.height).toBeLessThanOrEqual(792);
      },
    ),
  );
});
