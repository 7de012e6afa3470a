import { type CSSProperties, type ReactNode, useMemo, useRef, useState } from 'react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { usePageVisible } from '../ui/use-page-visible.ts';
import { EmptyRoom } from './empty-room.tsx';
import { Pager } from './pager.tsx';
import styles from './stage.module.css';
import { stageLayout } from './stage-layout.ts';
import { stageTiles } from './stage-tiles.ts';
import type { StageView } from './stage-view.ts';
import { Tile } from './tile.tsx';
import { usePixelRatio } from './use-pixel-ratio.ts';
import { useSize } from './use-size.ts';
import { useStageOrder } from './use-stage-order.ts';
import { useVideoWishes } from './use-video-wishes.ts';
import { videoWishes } from './video-wishes.ts';

type Props = {
  ownCamera: MediaStreamTrack | null;
  view: StageView;
  onPin: (key: string | null) => void;
  /** Over the pictures: reactions. */
  children?: ReactNode;
};

/** Everybody's pictures. */
export function Stage({ ownCamera, view, onPin, children }: Props) {
  const { meeting, snapshot } = useMeeting();
  const element = useRef<HTMLDivElement>(null);
  const area = useSize(element);
  const pixelRatio = usePixelRatio();
  const visible = usePageVisible();
  const [page, setPage] = useState(0);
  const [firstPage, setFirstPage] = useState(1);

  const order = useStageOrder(snapshot, firstPage);
  const { tiles, spotlight, floating } = useMemo(
    () => stageTiles(snapshot, order, ownCamera, view),
    [snapshot, order, ownCamera, view],
  );
  const layout = useMemo(
    () => stageLayout(area, tiles.length, spotlight, page),
    [area, tiles.length, spotlight, page],
  );
  // How many fit, so that whoever speaks can be among them.
  if (layout.page === 0 && layout.places.length > 0 && layout.places.length !== firstPage) {
    setFirstPage(layout.places.length);
  }
  const placed = layout.places.flatMap(({ index, rect }) => {
    const tile = tiles[index];
    return tile ? [{ tile, rect }] : [];
  });
  const measured = area.width > 0;
  const wishes = visible ? videoWishes(placed, spotlight, view.pinned, pixelRatio) : [];
  useVideoWishes(meeting, measured ? wishes : null);

  // One list, so that one's own picture keeps its element where it goes into the corner and comes back: a new one is black at
  // first, and some browsers hold the camera up for a second when the last element that shows it goes.
  const shown = [...placed, ...(floating ? [{ tile: floating, rect: null }] : [])];
  const alone = snapshot.participants.length === 1;
  return (
    <section className={styles.stage} aria-label="Participants' video" data-testid="stage">
      <div ref={element} className={styles.area} data-layout={spotlight ? 'speaker' : 'grid'}>
        {shown.map(({ tile, rect }) => (
          <div
            key={tile.key}
            className={rect ? styles.place : styles.floating}
            style={rect ? placeStyle(rect) : undefined}
            data-testid={rect ? undefined : 'floating-self'}
          >
            <Tile
              tile={tile}
              small={rect === null}
              pinned={tile.key === view.pinned}
              onPin={() => onPin(tile.key === view.pinned ? null : tile.key)}
            />
          </div>
        ))}
        {layout.pageCount > 1 && <Pager page={layout.page} pageCount={layout.pageCount} onPage={setPage} />}
        {alone && <EmptyRoom code={snapshot.code} />}
        {children}
      </div>
    </section>
  );
}

function placeStyle({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return { width, height, translate: `${x}px ${y}px` } satisfies CSSProperties;
}
