import type { Meeting } from '@meridian/client';
import { useEffect, useRef, useState } from 'react';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import { TrackPublisher } from './track-publisher.ts';
import { useDeviceProblemToast } from './use-device-problem-toast.ts';
import type { Toasts } from './use-toasts.ts';

/** The camera during the meeting. Off means released, so that its light goes out. */
export function useCamera(
  meeting: Meeting,
  sending: boolean,
  media: LocalMedia,
  devices: LocalMediaSnapshot,
  toasts: Toasts,
): () => Promise<void> {
  const { track, starting, problem } = devices.camera;
  const [publisher] = useState(() => new TrackPublisher((next) => meeting.setCamera(next), track));
  const wasSending = useRef(sending);

  useEffect(() => {
    if (!starting) publisher.publish(track).catch(toasts.showError);
  }, [publisher, track, starting, toasts]);
  useDeviceProblemToast('camera', problem, toasts);

  useEffect(() => {
    // Switched off from elsewhere, by a host for one.
    if (wasSending.current && !sending) media.release('camera');
    wasSending.current = sending;
  }, [sending, media]);

  return async function toggle(): Promise<void> {
    if (track) media.release('camera');
    else await media.start('camera');
  };
}
