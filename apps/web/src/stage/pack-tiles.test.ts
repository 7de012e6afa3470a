import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packTiles, type Rect } from './pack-tiles.ts';

const columnsOf = (rects: readonly Rect[]) => new Set(rects.map((rect) => rect.x)).size;

test('no tiles, or no room', () => {
  expect(packTiles({ width: 800, height: 600 }, 0, 8)).toEqual([]);
  expect(packTiles({ width: 0, height: 600 }, 3, 8)).toEqual([]);
});

test('one tile takes the height or the width', () => {
  expect(packTiles({ width: 1600, height: 900 }, 1, 8)).toEqual([{ x: 0, y: 0, width: 1600, height: 900 }]);
  expect(packTiles({ width: 2000, height: 900 }, 1, 8)[0]).toMatchObject({ x: 200, width: 1600 });
});

test('two side by side on a desktop, one above the other on a phone', () => {
  const desktop = packTiles({ width: 1248, height: 640 }, 2, 12);
  expect(desktop.map(({ y }) => y)).toEqual([desktop[0]?.y, desktop[0]?.y]);
  const phone = packTiles({ width: 374, height: 660 }, 2, 8);
  expect(phone.map(({ x }) => x)).toEqual([0, 0]);
});

test('nine are three by three, and the last row of five is centred', () => {
  expect(columnsOf(packTiles({ width: 1248, height: 640 }, 9, 12))).toBe(3);
  const five = packTiles({ width: 1248, height: 640 }, 5, 12);
  const lastRow = five.filter((rect) => rect.y === five.at(-1)?.y);
  const left = Math.min(...lastRow.map((rect) => rect.x));
  const right = 1248 - Math.max(...lastRow.map((rect) => rect.x + rect.width));
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1);
});

test('tiles stay inside, apart, equal and in shape', () => {
  const side = fc.integer({ min: 200, max: 3000 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 49 }), (width, height, count) => {
      const rects = packTiles({ width, height }, count, 8);
      expect(rects).toHaveLength(count);
      for (const [index, rect] of rects.entries()) {
        expect(rect.x).toBeGreaterThanOrEqual(0);
        expect(rect.y).toBeGreaterThanOrEqual(0);
        expect(rect.x + rect.width).toBeLessThanOrEqual(width + 1);
        expect(rect.y + rect.height).toBeLessThanOrEqual(height + 1);
        expect([rect.width, rect.height]).toEqual([rects[0]?.width, rects[0]?.height]);
        for (const other of rects.slice(index + 1)) expect(overlap(rect, other)).toBe(false);
      }
    }),
  );
});

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
