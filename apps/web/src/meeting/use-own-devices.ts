import type { Meeting, MeetingSnapshot } from '@meridian/client';
import { useCallback } from 'react';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { useCamera } from './use-camera.ts';
import { useHostMuteNotice } from './use-host-mute-notice.ts';
import { useMicrophone } from './use-microphone.ts';
import type { Toasts } from './use-toasts.ts';

export type DeviceState = {
  media: LocalMedia;
  devices: LocalMediaSnapshot;
  preferences: Preferences;
  onPreferences: ChangePreferences;
};

export type OwnDevices = DeviceState & {
  microphone: { toggle: () => void; unmute: () => void; set: (on: boolean) => Promise<void> };
  camera: { toggle: () => void };
};

/** One's own microphone and camera, at the door as in the meeting. */
export function useOwnDevices(
  meeting: Meeting,
  snapshot: MeetingSnapshot,
  state: DeviceState,
  toasts: Toasts,
): OwnDevices {
  const { media, devices } = state;
  const { self, status, capabilities } = snapshot;
  const announceMute = useHostMuteNotice(self.audio, devices.microphone.track !== null, toasts);
  const switchMicrophone = useMicrophone(meeting, self.audio, media, devices, toasts);
  const toggleCamera = useCamera(meeting, self.video, media, devices, toasts);
  const mayUnmute = capabilities.canUnmute || status.status === 'waiting';

  const set = useCallback(
    async (on: boolean) => {
      if (on && !mayUnmute) {
        toasts.show('The host does not let people unmute themselves now. Raise your hand to ask.');
        return;
      }
      if (!on) announceMute();
      await switchMicrophone(on);
    },
    [mayUnmute, toasts, announceMute, switchMicrophone],
  );
  const unmute = useCallback(() => void set(true), [set]);
  return {
    ...state,
    microphone: { toggle: () => void set(!self.audio), unmute, set },
    camera: { toggle: () => void toggleCamera() },
  };
}
