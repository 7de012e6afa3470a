import type { VideoWish } from '@meridian/client';
import type { Rect } from './pack-tiles.ts';
import type { StageTile } from './stage-tiles.ts';

export type PlacedTile = { tile: StageTile; rect: Rect };

const PRIORITY = { screen: 255, large: 200, others: 100 };

/** What to ask the media node for: the visible videos of others, in the size they are shown at. */
export function videoWishes(
  placed: readonly PlacedTile[],
  spotlight: boolean,
  pinned: string | null,
  pixelRatio: number,
): VideoWish[] {
  return placed.flatMap(({ tile, rect }, position): VideoWish[] => {
    if (tile.streamId === null) return [];
    const large = spotlight && position === 0;
    const priority = tile.source === 'screen' ? PRIORITY.screen : large ? PRIORITY.large : PRIORITY.others;
    return [
      {
        streamId: tile.streamId,
        width: Math.ceil(rect.width * pixelRatio),
        height: Math.ceil(rect.height * pixelRatio),
        priority,
        ...(tile.key === pinned && { pinned: true }),
      },
    ];
  });
}
