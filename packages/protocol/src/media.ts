import { z } from 'zod';
import { ParticipantId } from './ids.ts';

/** What a participant can publish; at most one stream of each at a time. */
export const Source = z.enum(['microphone', 'camera', 'screen', 'screen_audio']);
export type Source = z.infer<typeof Source>;

export const SOURCE_KIND = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  screen_audio: 'audio',
} as const satisfies Record<Source, 'audio' | 'video'>;

/** Stable over republishing and moving between nodes: `participant:source`. */
export const StreamId = z
  .string()
  .regex(/^[0-9a-f-]{36}:(microphone|camera|screen|screen_audio)$/, 'expected participant:source');
export type StreamId = z.infer<typeof StreamId>;

export function streamId(participantId: string, source: Source): StreamId {
  return `${participantId}:${source}`;
}

/** Rises with each publish of a stream; the highest live one is the stream. */
export const Generation = z.number().int().positive();

/** The mediasoup id of one generation of a stream, the same on every node that carries it. */
export function producerId(stream: StreamId, generation: number): string {
  return `${stream}.${generation}`;
}

export const Layer = z.object({
  w: z.number().int().positive(),
  h: z.number().int().positive(),
  /** Upper bound of the encoder, bits per second. */
  bps: z.number().int().positive(),
});
export type Layer = z.infer<typeof Layer>;

export const Stream = z.object({
  stream_id: StreamId,
  generation: Generation,
  participant_id: ParticipantId,
  source: Source,
  /** MIME type, e.g. `video/VP8`. */
  codec: z.string().max(64),
  /** Lowest first; empty for audio. */
  layers: z.array(Layer).max(4),
  /** Nothing flows: muted by its owner, or by a host. */
  paused: z.boolean(),
});
export type Stream = z.infer<typeof Stream>;
