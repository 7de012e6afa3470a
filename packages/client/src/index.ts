import './jitless.ts';

export { MeridianError } from '@meridian/protocol';
export { type Capabilities, canActOn, canChatTo, capabilitiesOf } from './capabilities.ts';
export type { ConnectionQuality, QualityLevel } from './connection-quality.ts';
export type { DataChannel, DataChannelOptions, DataMessage } from './data-channels.ts';
export { preload } from './device.ts';
export {
  type AudioProcessing,
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
export { call, createMeeting, getMeeting, type MeetingInfo, type RestOptions } from './rest.ts';
export { measureRoundTrips } from './round-trips.ts';
export type { MeetingStats, ReceivedStream, SentLayer } from './stats.ts';
export type * from './types.ts';
