import { ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import { Device } from 'mediasoup-client';

let loaded: Promise<Device> | undefined;

/**
 * The browser's media abilities, found out once per page: it costs two peer connections and some 20 ms.
 * The fleet's routers all have the same capabilities, so no node has to be asked first.
 */
export function loadDevice(): Promise<Device> {
  loaded ??= load().catch((error: unknown) => {
    // A failure (no memory, a blocked API) must not stick to the page.
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(): Promise<Device> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: ROUTER_RTP_CAPABILITIES });
  return device;
}

/** Prepares what a join needs and can be done before; for the page in front of the meeting. Never rejects. */
export async function preload(): Promise<void> {
  await loadDevice().catch(() => {});
}
