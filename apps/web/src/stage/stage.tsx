import type { Meeting, MeetingSnapshot } from '@meridian/client';
import { type CSSProperties, useMemo, useRef, useState } from 'react';
import { EmptyRoom } from './empty-room.tsx';
import { Pager } from './pager.tsx';
import styles from './stage.module.css';
import { stageLayout } from './stage-layout.ts';
import { type OwnTracks, stageTiles } from './stage-tiles.ts';
import { Tile } from './tile.tsx';
import { usePixelRatio } from './use-pixel-ratio.ts';
import { useSize } from './use-size.ts';
import { useVideoWishes } from './use-video-wishes.ts';
import { videoWishes } from './video-wishes.ts';

type Props = { meeting: Meeting; snapshot: MeetingSnapshot; own: OwnTracks; onStopShare: () => void };

/** Everybody's pictures. */
export function Stage({ meeting, snapshot, own, onStopShare }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const area = useSize(element);
  const pixelRatio = usePixelRatio();
  const [pinned, setPinned] = useState<string | null>(null);
  const [page, setPage] = useState(0);

  const { camera, screen } = own;
  const { tiles, spotlight } = useMemo(
    () => stageTiles(snapshot, { camera, screen }, pinned),
    [snapshot, camera, screen, pinned],
  );
  const layout = useMemo(
    () => stageLayout(area, tiles.length, spotlight, page),
    [area, tiles.length, spotlight, page],
  );
  const placed = layout.places.flatMap(({ index, rect }) => {
    const tile = tiles[index];
    return tile ? [{ tile, rect }] : [];
  });
  const measured = area.width > 0;
  useVideoWishes(meeting, measured ? videoWishes(placed, spotlight, pinned, pixelRatio) : null);

  return (
    <section className={styles.stage} aria-label="Participants' video">
      <div ref={element} className={styles.area}>
        {placed.map(({ tile, rect }) => (
          <div key={tile.key} className={styles.place} style={placeStyle(rect)}>
            <Tile
              tile={tile}
              pinned={tile.key === pinned}
              onPin={() => setPinned(tile.key === pinned ? null : tile.key)}
              onStopShare={onStopShare}
            />
          </div>
        ))}
        {layout.pageCount > 1 && <Pager page={layout.page} pageCount={layout.pageCount} onPage={setPage} />}
        {tiles.length === 1 && <EmptyRoom code={snapshot.code} />}
      </div>
    </section>
  );
}

function placeStyle({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return { width, height, translate: `${x}px ${y}px` } satisfies CSSProperties;
}
