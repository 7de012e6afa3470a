import type { Meeting } from '@meridian/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Toasts } from './use-toasts.ts';

export type ScreenShare = {
  track: MediaStreamTrack | null;
  start: () => Promise<void>;
  stop: () => Promise<void>;
};

/** Absent on phones, against what the types promise. */
export function canShareScreen(): boolean {
  const devices: Partial<MediaDevices> | undefined = navigator.mediaDevices;
  return devices?.getDisplayMedia !== undefined;
}

export function useScreenShare(meeting: Meeting, sharing: boolean, toasts: Toasts): ScreenShare {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const wasSharing = useRef(sharing);

  const stop = useCallback(async () => {
    setStream(null);
    try {
      await meeting.stopScreenShare();
    } catch (error) {
      toasts.showError(error);
    }
  }, [meeting, toasts]);

  async function start(): Promise<void> {
    let picked: MediaStream;
    try {
      picked = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 }, audio: true });
    } catch (error) {
      // Changing one's mind in the browser's dialogue is no failure.
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) {
        toasts.show('The screen could not be shared.');
      }
      return;
    }
    setStream(picked);
    try {
      await meeting.startScreenShare(picked);
    } catch (error) {
      setStream(null);
      toasts.showError(error);
    }
  }

  useEffect(() => {
    if (!stream) return;
    const [track] = stream.getVideoTracks();
    // The browser's own button to stop sharing ends the track.
    track?.addEventListener('ended', stop);
    return () => {
      track?.removeEventListener('ended', stop);
      for (const each of stream.getTracks()) each.stop();
    };
  }, [stream, stop]);

  useEffect(() => {
    // Ended from elsewhere: nothing more is captured.
    if (wasSharing.current && !sharing) setStream(null);
    wasSharing.current = sharing;
  }, [sharing]);

  return { track: stream?.getVideoTracks()[0] ?? null, start, stop };
}
