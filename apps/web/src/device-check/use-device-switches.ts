import { useEffect, useRef } from 'react';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';

export type DeviceSwitch = { on: boolean; toggle: () => void };

/**
 * The two switches of the device check. Off releases the camera, so that its light goes out; the microphone
 * stays open but silent, so that unmuting later takes no time.
 */
export function useDeviceSwitches(
  media: LocalMedia,
  devices: LocalMediaSnapshot,
  preferences: Preferences,
  onPreferences: ChangePreferences,
): { microphone: DeviceSwitch; camera: DeviceSwitch } {
  const { microphoneOn, cameraOn } = preferences;
  const atFirst = useRef({ microphoneOn, cameraOn });

  useEffect(() => {
    const { current } = atFirst;
    const kinds = [current.microphoneOn && 'microphone', current.cameraOn && 'camera'] as const;
    void media.start(...kinds.filter((kind) => kind !== false));
  }, [media]);

  const { track } = devices.microphone;
  useEffect(() => {
    if (track) track.enabled = microphoneOn;
  }, [track, microphoneOn]);

  const microphone = {
    on: microphoneOn && (track !== null || devices.microphone.starting),
    toggle() {
      // Wanted but not there: another try, not a change of mind.
      const on = !microphoneOn || devices.microphone.problem !== null;
      onPreferences({ microphoneOn: on });
      if (on) void media.start('microphone');
    },
  };
  const camera = {
    on: cameraOn && (devices.camera.track !== null || devices.camera.starting),
    toggle() {
      const on = !cameraOn || devices.camera.problem !== null;
      onPreferences({ cameraOn: on });
      if (on) void media.start('camera');
      else media.release('camera');
    },
  };
  return { microphone, camera };
}
