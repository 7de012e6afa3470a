import { VIDEO } from '../config.ts';
import type { StreamInfo } from '../sfu/publication.ts';
import { chooseLayer, highestLayer } from './choose-layer.ts';
import type { Quality } from './loss-ladder.ts';
import type { Wish } from './plan.ts';

/** What a receiver wants and can take, besides its wishes. */
export type Conditions = {
  audioOnly: boolean;
  quality: Quality;
  /** The participant in front. */
  activeSpeaker: string | null;
};

/** How one video is to arrive. */
export type Allotment = {
  /** Index from the lowest; null where the stream has no layers. */
  spatial: number | null;
  /** Without the highest temporal layer, which is half of the frames. */
  halfRate: boolean;
  /** mediasoup's consumer priority, 1–255: higher gets bandwidth first. */
  priority: number;
};

const LINES: Record<Quality, number> = {
  full: Number.POSITIVE_INFINITY,
  '720p': 720,
  '360p15': 360,
  audio: 0,
};

/**
 * Which videos flow, and how: of those that are shown the VIDEO.lastN most important ones, each in the layer of the
 * size it is shown at, as far as the path allows.
 */
export function allotVideo(
  streams: Iterable<StreamInfo>,
  wishes: ReadonlyMap<string, Wish>,
  conditions: Conditions,
): Map<string, Allotment> {
  const { audioOnly, quality, activeSpeaker } = conditions;
  if (audioOnly || quality === 'audio') return new Map();
  const live = new Map([...streams].map((stream) => [stream.stream_id, stream]));
  const shown = [...wishes.values()].flatMap((wish) => {
    const stream = live.get(wish.stream_id);
    return stream === undefined ? [] : [{ stream, wish, priority: priorityOf(stream, wish, activeSpeaker) }];
  });
  const watchesScreen = shown.some(({ stream }) => stream.source === 'screen' && !stream.paused);
  return new Map(
    shown
      // Of equal ones, in the order of the wish.
      .toSorted((a, b) => b.priority - a.priority)
      .slice(0, VIDEO.lastN)
      .map(({ stream, wish, priority }) => [
        stream.stream_id,
        {
          spatial: spatialOf(stream, wish, quality, watchesScreen),
          halfRate: quality === '360p15' || (stream.source !== 'screen' && wish.height <= VIDEO.thumbnail),
          priority,
        },
      ]),
  );
}

function priorityOf(stream: StreamInfo, wish: Wish, activeSpeaker: string | null): number {
  if (wish.pinned) return VIDEO.priority.pinned;
  if (stream.source === 'screen') return VIDEO.priority.screen;
  if (stream.participant_id === activeSpeaker) return VIDEO.priority.activeSpeaker;
  return Math.ceil((wish.priority / 255) * VIDEO.priority.grid);
}

function spatialOf(
  { source, layers }: StreamInfo,
  wish: Wish,
  quality: Quality,
  watchesScreen: boolean,
): number | null {
  const chosen = chooseLayer(layers, wish.width, wish.height);
  if (chosen === null) return null;
  // A shared screen is read: everybody gets it in full, at most with fewer frames.
  if (source === 'screen') return layers.length - 1;
  const besideScreen = watchesScreen && !wish.pinned ? VIDEO.besideScreen : Number.POSITIVE_INFINITY;
  return Math.min(chosen, highestLayer(layers, Math.min(LINES[quality], besideScreen)));
}
