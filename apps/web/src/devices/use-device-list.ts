import { useEffect, useState } from 'react';
import { canCapture } from './capture.ts';
import type { LocalMediaSnapshot } from './local-media.ts';

export type Device = { id: string; label: string };
export type DeviceList = { microphones: Device[]; cameras: Device[]; speakers: Device[] };

const NONE: DeviceList = { microphones: [], cameras: [], speakers: [] };

/** What is plugged in. Names are known once a device of the kind has been started. */
export function useDeviceList({ microphone, camera }: LocalMediaSnapshot): DeviceList {
  const [devices, setDevices] = useState(NONE);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a started device is what reveals the names
  useEffect(() => {
    if (!canCapture()) return;
    let current = true;
    async function refresh(): Promise<void> {
      const all = await navigator.mediaDevices.enumerateDevices();
      if (current) setDevices(listDevices(all));
    }
    const onChange = () => void refresh().catch(() => undefined);
    onChange();
    navigator.mediaDevices.addEventListener('devicechange', onChange);
    return () => {
      current = false;
      navigator.mediaDevices.removeEventListener('devicechange', onChange);
    };
  }, [microphone.track, camera.track]);

  return devices;
}

function listDevices(all: readonly MediaDeviceInfo[]): DeviceList {
  const pick = (kind: MediaDeviceKind, name: string): Device[] =>
    all
      // Without permission, browsers list a nameless device of each kind.
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${name} ${index + 1}` }));
  return {
    microphones: pick('audioinput', 'Microphone'),
    cameras: pick('videoinput', 'Camera'),
    speakers: pick('audiooutput', 'Speaker'),
  };
}
