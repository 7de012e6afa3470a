import type { Meeting } from '@meridian/client';
import { useCallback, useEffect, useState } from 'react';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import { TrackPublisher } from './track-publisher.ts';
import { useDeviceProblemToast } from './use-device-problem-toast.ts';
import type { Toasts } from './use-toasts.ts';

/**
 * The microphone during the meeting. On and off as the room has it, for a host may mute too. Returns what switches
 * it; off takes effect after an on that is under way.
 */
export function useMicrophone(
  meeting: Meeting,
  unmuted: boolean,
  media: LocalMedia,
  devices: LocalMediaSnapshot,
  toasts: Toasts,
): (on: boolean) => Promise<void> {
  const { track, problem } = devices.microphone;
  const [publisher] = useState(() => new TrackPublisher((next) => meeting.setMicrophone(next), track));
  const [turn] = useState(() => ({ last: Promise.resolve() }));

  useEffect(() => {
    // Whatever happens on the way, nothing is recorded of somebody who is muted.
    if (track) track.enabled = unmuted;
  }, [track, unmuted]);

  useEffect(() => {
    // While another one starts, the old one stays: a gap would end and begin the stream anew.
    if (track) publisher.publish(track).catch(toasts.showError);
    // Without a microphone people count as muted, and are still so when there is one again.
    else if (problem) Promise.all([publisher.publish(null), meeting.mute()]).catch(toasts.showError);
  }, [meeting, publisher, track, problem, toasts]);
  useDeviceProblemToast('microphone', problem, toasts);

  return useCallback(
    (on: boolean) => {
      const change = async () => {
        if (!on) return await meeting.mute();
        await media.start('microphone');
        const { track: started } = media.snapshot.microphone;
        if (!started) return;
        await publisher.republish(started);
        await meeting.unmute();
      };
      turn.last = turn.last.then(change).catch(toasts.showError);
      return turn.last;
    },
    [meeting, media, publisher, toasts, turn],
  );
}
