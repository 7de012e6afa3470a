import { type RefObject, useEffect } from 'react';

/**
 * Plays a track in a media element. One stream per element for good, with the track inside exchanged: the new
 * one comes before the old one goes, so the last picture stays until the next arrives, where a new stream
 * would blank the element.
 */
export function useTrackStream(element: RefObject<HTMLMediaElement | null>, track: MediaStreamTrack): void {
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const stream = target.srcObject instanceof MediaStream ? target.srcObject : new MediaStream();
    const before = stream.getTracks();
    stream.addTrack(track);
    for (const old of before) if (old !== track) stream.removeTrack(old);
    if (target.srcObject !== stream) target.srcObject = stream;
  }, [element, track]);
}
