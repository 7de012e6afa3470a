export type Size = { width: number; height: number };
export type Rect = { x: number; y: number; width: number; height: number };

/** Bounds of a tile's width over its height. Outside of them, too much of a picture would be cut off. */
type Shape = { narrowest: number; widest: number };

const WIDE_SCREEN: Shape = { narrowest: 4 / 3, widest: 16 / 9 };
/** On an upright phone, tall tiles use the space and still show the face. */
const UPRIGHT_SCREEN: Shape = { narrowest: 3 / 4, widest: 16 / 9 };

/** The largest equal tiles that fit, in centred rows. One rectangle per tile, in reading order. */
export function packTiles(area: Size, count: number, gap: number): Rect[] {
  if (count < 1 || area.width <= 0 || area.height <= 0) return [];
  const shape = area.width >= area.height ? WIDE_SCREEN : UPRIGHT_SCREEN;

  let columns = 1;
  let tile: Size = { width: 0, height: 0 };
  for (let candidate = 1; candidate <= count; candidate++) {
    const size = tileSize(area, candidate, Math.ceil(count / candidate), gap, shape);
    if (size.width * size.height > tile.width * tile.height) {
      columns = candidate;
      tile = size;
    }
  }
  return place(area, count, columns, tile, gap);
}

function tileSize(area: Size, columns: number, rows: number, gap: number, shape: Shape): Size {
  const width = (area.width - gap * (columns - 1)) / columns;
  const height = (area.height - gap * (rows - 1)) / rows;
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const fitted = Math.min(width, height * shape.widest);
  return { width: Math.floor(fitted), height: Math.floor(Math.min(height, fitted / shape.narrowest)) };
}

function place(area: Size, count: number, columns: number, tile: Size, gap: number): Rect[] {
  const rows = Math.ceil(count / columns);
  const top = (area.height - rows * tile.height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (area.width - inRow * tile.width - (inRow - 1) * gap) / 2;
    return {
      x: Math.round(left + (index % columns) * (tile.width + gap)),
      y: Math.round(top + row * (tile.height + gap)),
      ...tile,
    };
  });
}
