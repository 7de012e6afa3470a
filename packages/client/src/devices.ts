import type { ScreenOptions } from './types.ts';

/** Why a device cannot be used, in terms a page can explain. */
export type DeviceErrorCode =
  /** Refused by the person, the browser or the system. */
  | 'permission_denied'
  /** There is none, or the chosen one was unplugged. */
  | 'not_found'
  /** Another program holds it. */
  | 'in_use'
  /** This page cannot use devices: not served securely, or an old browser. */
  | 'unsupported'
  | 'failed';

export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export type DeviceList = {
  microphones: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
  /** Empty where the browser does not let pages choose. */
  speakers: MediaDeviceInfo[];
};

/** What the browser does to a voice, each on by default. */
export type AudioProcessing = {
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  /** Keeps quiet and loud voices alike. */
  autoGainControl?: boolean;
};

export type MicrophonePreferences = {
  deviceId?: string;
  /** All of it, none (for music), or each by itself. */
  processing?: boolean | AudioProcessing;
};

export type CameraPreferences = {
  deviceId?: string;
  /** Ideal size in pixels; 1280 × 720 by default. */
  width?: number;
  height?: number;
};

/** The devices there are. Labels are empty until a permission was given. */
export async function listDevices(): Promise<DeviceList> {
  const devices = await mediaDevices()
    .enumerateDevices()
    .catch((error: unknown) => {
      throw toDeviceError(error);
    });
  // Without a permission, browsers list one nameless device of each kind.
  const of = (kind: MediaDeviceKind) => devices.filter((d) => d.kind === kind && d.deviceId !== '');
  return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/** Calls back when a device was plugged in or out. Returns how to unsubscribe. */
export function watchDevices(listener: () => void): () => void {
  const devices = mediaDevices();
  devices.addEventListener('devicechange', listener);
  return () => devices.removeEventListener('devicechange', listener);
}

/** Opens a microphone. The track is the caller's to stop. Rejects with DeviceError. */
export async function openMicrophone(preferences: MicrophonePreferences = {}): Promise<MediaStreamTrack> {
  const stream = await open({
    audio: { ...exactly(preferences.deviceId), ...processingOf(preferences.processing) },
  });
  return only(stream.getAudioTracks());
}

/** Opens a camera. The track is the caller's to stop. Rejects with DeviceError. */
export async function openCamera(preferences: CameraPreferences = {}): Promise<MediaStreamTrack> {
  const stream = await open({
    video: {
      ...exactly(preferences.deviceId),
      width: { ideal: preferences.width ?? 1280 },
      height: { ideal: preferences.height ?? 720 },
      frameRate: { ideal: 30 },
    },
  });
  return only(stream.getVideoTracks());
}

/**
 * Asks the person for a screen, window or tab. Rejects with `permission_denied` when they cancel. `content`: as for
 * Meeting.startScreenShare; a film is captured at twice as many frames as text.
 */
export async function openScreen(options: ScreenOptions & { audio?: boolean } = {}): Promise<MediaStream> {
  try {
    return await mediaDevices().getDisplayMedia({
      video: { frameRate: { ideal: options.content === 'motion' ? 30 : 15, max: 30 } },
      audio: options.audio ?? true,
    });
  } catch (error) {
    throw toDeviceError(error);
  }
}

/** What a browser threw, by the names the standard gives (Media Capture and Streams §10.2). */
export function toDeviceError(error: unknown): DeviceError {
  if (error instanceof DeviceError) return error;
  const name = error instanceof Error ? error.name : '';
  const message = error instanceof Error ? error.message : String(error);
  return new DeviceError(CODES[name] ?? 'failed', message || name, error);
}

const CODES: Readonly<Record<string, DeviceErrorCode>> = {
  NotAllowedError: 'permission_denied',
  SecurityError: 'permission_denied',
  NotFoundError: 'not_found',
  OverconstrainedError: 'not_found',
  NotReadableError: 'in_use',
  AbortError: 'in_use',
  TypeError: 'unsupported',
};

async function open(constraints: MediaStreamConstraints): Promise<MediaStream> {
  try {
    return await mediaDevices().getUserMedia(constraints);
  } catch (error) {
    throw toDeviceError(error);
  }
}

function exactly(deviceId: string | undefined): MediaTrackConstraints {
  return deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
}

/** Said for each, since a browser's own default differs from device to device. */
function processingOf(processing: boolean | AudioProcessing = true): Required<AudioProcessing> {
  const all = typeof processing === 'boolean' ? processing : true;
  const each = typeof processing === 'boolean' ? {} : processing;
  return { echoCancellation: all, noiseSuppression: all, autoGainControl: all, ...each };
}

function only(tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (!track) throw new DeviceError('failed', 'the device gave no track');
  return track;
}

function mediaDevices(): MediaDevices {
  // Absent on pages that are not served securely, whatever the DOM's types say.
  if (typeof navigator === 'undefined' || !('mediaDevices' in navigator) || !navigator.mediaDevices) {
    throw new DeviceError('unsupported', 'devices can only be used on a secure page');
  }
  return navigator.mediaDevices;
}
