import type { MediaKind } from '@meridian/protocol';

type TraceType = 'rtp' | 'keyframe';

/** What producers and consumers have in common here. */
export type Traceable = {
  readonly kind: MediaKind;
  readonly closed: boolean;
  enableTraceEvent(types: TraceType[]): Promise<void>;
  on(event: 'trace', listener: (trace: { type: string }) => void): unknown;
  off(event: 'trace', listener: (trace: { type: string }) => void): unknown;
  readonly observer: {
    once(event: 'close', listener: () => void): unknown;
    off(event: 'close', listener: () => void): unknown;
  };
};

/**
 * Resolves `true` when a producer or consumer has carried something a receiver can show: a key frame of
 * video, any packet of audio. Resolves `false` when it closes or `ms` pass first.
 */
export function firstPacket(media: Traceable, ms: number): Promise<boolean> {
  const type = media.kind === 'video' ? 'keyframe' : 'rtp';
  return new Promise((resolve) => {
    const done = (seen: boolean) => {
      clearTimeout(timer);
      media.off('trace', onTrace);
      media.observer.off('close', onClose);
      // Tracing costs a message per packet: it stays on for the one packet only.
      if (!media.closed) media.enableTraceEvent([]).catch(() => {});
      resolve(seen);
    };
    const onTrace = (trace: { type: string }) => {
      if (trace.type === type) done(true);
    };
    const onClose = () => done(false);
    const timer = setTimeout(() => done(false), ms);
    media.on('trace', onTrace);
    media.observer.once('close', onClose);
    if (media.closed) done(false);
    else media.enableTraceEvent([type]).catch(() => done(false));
  });
}
