import './jitless.ts';

export { MeridianError } from '@meridian/protocol';
export { preload } from './device.ts';
export {
  type CameraPreferences,
  DeviceError,
  type DeviceErrorCode,
  type DeviceList,
  listDevices,
  type MicrophonePreferences,
  openCamera,
  openMicrophone,
  openScreen,
  toDeviceError,
  watchDevices,
} from './devices.ts';
export { Meeting } from './meeting.ts';
export type { MeetingQuality } from './quality.ts';
export { defaultReconnectPolicy } from './reconnect-policy.ts';
export { createMeeting, getMeeting, type MeetingInfo, type RestOptions } from './rest.ts';
export type * from './types.ts';
