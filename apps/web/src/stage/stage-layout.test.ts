import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stageLayout } from './stage-layout.ts';

const DESKTOP = { width: 1248, height: 640 };
const PHONE = { width: 374, height: 660 };

test('a small meeting is one page', () => {
  const layout = stageLayout(DESKTOP, 4, false, 0);
  expect(layout.pageCount).toBe(1);
  expect(layout.places.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
});

test('a large meeting has pages, each full but the last', () => {
  const first = stageLayout(DESKTOP, 60, false, 0);
  expect(first.places.length).toBeLessThanOrEqual(25);
  expect(first.pageCount).toBe(Math.ceil(60 / first.places.length));
  const last = stageLayout(DESKTOP, 60, false, first.pageCount - 1);
  expect(last.places.at(-1)?.index).toBe(59);
});

test('a page that went away becomes the last one', () => {
  expect(stageLayout(DESKTOP, 3, false, 7).page).toBe(0);
});

test('a phone shows fewer at once, none too small to see', () => {
  const { places } = stageLayout(PHONE, 40, false, 0);
  expect(places.length).toBeGreaterThanOrEqual(6);
  for (const { rect } of places) expect(rect.width).toBeGreaterThanOrEqual(130);
});

test('the spotlight is large, the others stand beside it or below it', () => {
  const desktop = stageLayout(DESKTOP, 4, true, 0);
  const [main, first] = desktop.places;
  expect(main?.rect.width).toBeGreaterThan(900);
  expect(first?.rect.x).toBeGreaterThan(main?.rect.width ?? 0);
  const phone = stageLayout(PHONE, 3, true, 0);
  expect(phone.places[0]?.rect.width).toBe(PHONE.width);
  expect(phone.places[1]?.rect.y).toBeGreaterThan(phone.places[0]?.rect.height ?? 0);
});

test('a spotlight alone has all the room', () => {
  expect(stageLayout(DESKTOP, 1, true, 0).places).toEqual([{ index: 0, rect: { x: 0, y: 0, ...DESKTOP } }]);
});

test('the spotlight stays while the strip is paged', () => {
  const second = stageLayout(DESKTOP, 30, true, 1);
  expect(second.page).toBe(1);
  expect(second.places[0]?.index).toBe(0);
  expect(second.places[1]?.index).toBeGreaterThan(1);
});

test('going through the pages shows every tile once', () => {
  const side = fc.integer({ min: 250, max: 2600 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 1, max: 120 }),
      fc.boolean(),
      (width, height, count, spotlight) => {
        const area = { width, height };
        const { pageCount } = stageLayout(area, count, spotlight, 0);
        const seen = Array.from({ length: pageCount }, (_, page) =>
          stageLayout(area, count, spotlight, page)
            .places.map(({ index }) => index)
            .filter((index) => !spotlight || index > 0),
        ).flat();
        const all = Array.from({ length: count }, (_, index) => index);
        expect(seen).toEqual(spotlight ? all.slice(1) : all);
      },
    ),
  );
});
