import type { mediaRpc } from '@meridian/protocol';
import type { z } from 'zod';
import { PEER } from '../config.ts';
import type { StreamInfo } from '../sfu/publication.ts';

export type Wish = z.infer<typeof mediaRpc.Subscribe>['streams'][number];

/** A consumer that exists or is being made. */
export type Held = { streamId: string; generation: number };

export type Plan<H extends Held> = {
  /** Generations to start receiving. An older one of the same stream stays until the new one flows. */
  create: StreamInfo[];
  /** What is held and wanted. */
  keep: H[];
  /** Nobody wants these at present. */
  spare: H[];
};

/**
 * What a peer should receive: the videos that are allotted to it and everybody else's audio, the highest live
 * generation of each.
 */
export function wanted(
  streams: Iterable<StreamInfo>,
  videos: { has(streamId: string): boolean },
  participantId: string,
): Map<string, StreamInfo> {
  const result = new Map<string, StreamInfo>();
  let audio = 0;
  for (const stream of streams) {
    if (stream.participant_id === participantId) continue;
    const isAudio = stream.source === 'microphone' || stream.source === 'screen_audio';
    if (isAudio && ++audio > PEER.maxAudioConsumers) continue;
    if (isAudio || videos.has(stream.stream_id)) result.set(stream.stream_id, stream);
  }
  return result;
}

/** The steps from what is held to what is wanted. */
export function planConsumers<H extends Held>(
  want: ReadonlyMap<string, StreamInfo>,
  held: Iterable<H>,
): Plan<H> {
  const newest = new Map<string, number>();
  const keep: H[] = [];
  const spare: H[] = [];
  for (const consumer of held) {
    (want.has(consumer.streamId) ? keep : spare).push(consumer);
    const known = newest.get(consumer.streamId) ?? 0;
    if (consumer.generation > known) newest.set(consumer.streamId, consumer.generation);
  }
  const create = [...want.values()].filter(
    (stream) => (newest.get(stream.stream_id) ?? 0) < stream.generation,
  );
  return { create, keep, spare };
}
