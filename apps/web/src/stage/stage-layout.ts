import { packTiles, type Rect, type Size } from './pack-tiles.ts';

export type StageLayout = {
  /** One per visible tile: index in the list of tiles, and where it is. */
  places: readonly { index: number; rect: Rect }[];
  page: number;
  pageCount: number;
};

/** Videos beyond this many at once cost more than they show. */
const MOST_TILES = 25;
/** Height of the buttons that turn pages, with the gap above them. */
const PAGER_HEIGHT = 52;
const SMALLEST_TILE = { wide: 180, upright: 130 };

/**
 * Where each of `count` tiles is. With a spotlight the first tile is large and the others stand in a strip
 * beside it, or below it on an upright screen. What does not fit is on further pages.
 */
export function stageLayout(area: Size, count: number, spotlight: boolean, page: number): StageLayout {
  if (count < 1 || area.width <= 0 || area.height <= 0) return { places: [], page: 0, pageCount: 1 };
  return spotlight ? spotlightLayout(area, count, page) : gridLayout(area, count, page);
}

export function gapFor(area: Size): number {
  return area.width < 600 ? 8 : 12;
}

function gridLayout(area: Size, count: number, page: number): StageLayout {
  const room = gridCapacity(area, count) < count ? withPager(area) : area;
  const shown = pageOf(0, count, gridCapacity(room, count), page);
  const rects = packTiles(room, shown.indexes.length, gapFor(area));
  return { ...shown.paging, places: pair(shown.indexes, rects) };
}

function gridCapacity(area: Size, count: number): number {
  const smallest = area.width >= area.height ? SMALLEST_TILE.wide : SMALLEST_TILE.upright;
  const most = Math.min(count, MOST_TILES);
  for (let capacity = most; capacity > 1; capacity--) {
    const [tile] = packTiles(area, capacity, gapFor(area));
    if (tile && tile.width >= smallest) return capacity;
  }
  return 1;
}

function spotlightLayout(area: Size, count: number, page: number): StageLayout {
  if (count === 1) {
    return { places: [{ index: 0, rect: { x: 0, y: 0, ...area } }], page: 0, pageCount: 1 };
  }
  const gap = gapFor(area);
  const beside = area.width >= area.height;
  const tile = beside
    ? shaped(Math.min(240, Math.max(140, area.width * 0.18)), 16 / 9)
    : shaped(Math.min(180, Math.max(100, area.width * 0.3)), 4 / 3);
  const step = (beside ? tile.height : tile.width) + gap;
  const capacity = (space: Size) => {
    const length = beside ? space.height : space.width;
    return Math.max(1, Math.floor((length + gap) / step));
  };
  const room = capacity(area) < count - 1 ? withPager(area) : area;
  const length = beside ? room.height : room.width;
  const shown = pageOf(1, count - 1, capacity(room), page);

  const start = (length - shown.indexes.length * step + gap) / 2;
  const strip = shown.indexes.map((_, position): Rect => {
    const along = Math.round(start + position * step);
    return beside
      ? { x: area.width - tile.width, y: along, ...tile }
      : { x: along, y: room.height - tile.height, ...tile };
  });
  const main = beside
    ? { width: area.width - tile.width - gap, height: area.height }
    : { width: area.width, height: room.height - tile.height - gap };
  const places = [{ index: 0, rect: { x: 0, y: 0, ...main } }, ...pair(shown.indexes, strip)];
  return { ...shown.paging, places };
}

function withPager({ width, height }: Size): Size {
  return { width, height: Math.max(1, height - PAGER_HEIGHT) };
}

function shaped(width: number, ratio: number): Size {
  return { width: Math.round(width), height: Math.round(width / ratio) };
}

/** The indexes on a page, of `count` that begin at `first`. A page that no longer exists becomes the last. */
function pageOf(first: number, count: number, perPage: number, wanted: number) {
  const pageCount = Math.ceil(count / perPage);
  const page = Math.min(Math.max(0, wanted), pageCount - 1);
  const from = page * perPage;
  const length = Math.min(perPage, count - from);
  return {
    paging: { page, pageCount },
    indexes: Array.from({ length }, (_, position) => first + from + position),
  };
}

function pair(indexes: readonly number[], rects: readonly Rect[]): { index: number; rect: Rect }[] {
  return rects.flatMap((rect, position) => {
    const index = indexes[position];
    return index === undefined ? [] : [{ index, rect }];
  });
}
