import type { mediaRpc, Stream } from '@meridian/protocol';
import type { z } from 'zod';
import { PEER } from '../config.ts';

type StreamInfo = z.infer<typeof Stream>;
export type Wish = z.infer<typeof mediaRpc.Subscribe>['streams'][number];

/** A consumer that exists or is being made. */
export type Held = { streamId: string; generation: number };

export type Plan = {
  /** Generations to start receiving. An older one of the same stream stays until the new one flows. */
  create: StreamInfo[];
  /** Consumers nobody wants any more. */
  close: Held[];
};

/**
 * What a peer should receive: the video it asked for and everybody else's audio, the highest live
 * generation of each.
 */
export function wanted(
  streams: Iterable<StreamInfo>,
  wishes: ReadonlyMap<string, Wish>,
  participantId: string,
): Map<string, StreamInfo> {
  const result = new Map<string, StreamInfo>();
  let audio = 0;
  for (const stream of streams) {
    if (stream.participant_id === participantId) continue;
    const isAudio = stream.source === 'microphone' || stream.source === 'screen_audio';
    if (isAudio && ++audio > PEER.maxAudioConsumers) continue;
    if (isAudio || wishes.has(stream.stream_id)) result.set(stream.stream_id, stream);
  }
  return result;
}

/** The steps from what is held to what is wanted. */
export function planConsumers(want: ReadonlyMap<string, StreamInfo>, held: Iterable<Held>): Plan {
  const newest = new Map<string, number>();
  const close: Held[] = [];
  for (const consumer of held) {
    if (!want.has(consumer.streamId)) close.push(consumer);
    const known = newest.get(consumer.streamId) ?? 0;
    if (consumer.generation > known) newest.set(consumer.streamId, consumer.generation);
  }
  const create = [...want.values()].filter(
    (stream) => (newest.get(stream.stream_id) ?? 0) < stream.generation,
  );
  return { create, close };
}
