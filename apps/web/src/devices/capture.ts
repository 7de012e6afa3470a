import type { DeviceKind } from './media-problem.ts';

export type CaptureSettings = {
  /** Preferred device ids; empty for the system's default. */
  microphone: string;
  camera: string;
  noiseSuppression: boolean;
};

/** One track of each kind asked for. In one call, so that the browser asks its user once. */
export async function captureDevices(
  kinds: readonly DeviceKind[],
  settings: CaptureSettings,
): Promise<Partial<Record<DeviceKind, MediaStreamTrack>>> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: kinds.includes('microphone') && microphoneConstraints(settings),
    video: kinds.includes('camera') && cameraConstraints(settings),
  });
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  return { ...(microphone && { microphone }), ...(camera && { camera }) };
}

/** Absent on pages without HTTPS, against what the types promise. */
export function canCapture(): boolean {
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  return devices !== undefined;
}

/** Whether asking for a device again can succeed without asking the person again. */
export async function isPermitted(kind: DeviceKind): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: kind })).state === 'granted';
  } catch {
    // Not every browser can be asked; asking for the device itself then tells.
    return true;
  }
}

function microphoneConstraints({ microphone, noiseSuppression }: CaptureSettings): MediaTrackConstraints {
  return { ...device(microphone), echoCancellation: true, autoGainControl: true, noiseSuppression };
}

function cameraConstraints({ camera }: CaptureSettings): MediaTrackConstraints {
  return { ...device(camera), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
}

function device(id: string): MediaTrackConstraints {
  // Ideal, not exact: a remembered device that is not plugged in must not be an error.
  return id === '' ? {} : { deviceId: { ideal: id } };
}
