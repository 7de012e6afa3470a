import { ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import { Device } from 'mediasoup-client';

const loaded = new Map<number, Promise<Device>>();

/**
 * The browser's media abilities, found out once per page and floor: it costs two peer connections and some 20 ms. The
 * fleet's routers all have the same capabilities, so no node has to be asked first.
 *
 * `floorKbps`: how low libwebrtc's estimate of what a way up carries may fall; 0: wherever it goes. A floor that comes with
 * video alone is gone with the next negotiation (to switch a layer takes one): libwebrtc sets the bounds anew by each audio
 * section whenever a description is applied, and by those of video only where they have changed.
 */
export function loadDevice(floorKbps: number): Promise<Device> {
  const before = loaded.get(floorKbps);
  if (before) return before;
  const device = load(floorKbps);
  loaded.set(floorKbps, device);
  // A failure (no memory, a blocked API) must not stick to the page.
  device.catch(() => loaded.delete(floorKbps));
  return device;
}

async function load(floorKbps: number): Promise<Device> {
  const device = await Device.factory();
  await device.load({
    routerRtpCapabilities: floorKbps > 0 ? withFloor(floorKbps) : ROUTER_RTP_CAPABILITIES,
  });
  return device;
}

/** What a router is said to take ends up in the descriptions that the browser gets. */
function withFloor(floorKbps: number): typeof ROUTER_RTP_CAPABILITIES {
  return {
    ...ROUTER_RTP_CAPABILITIES,
    codecs: ROUTER_RTP_CAPABILITIES.codecs.map((codec) =>
      codec.kind === 'audio'
        ? { ...codec, parameters: { ...codec.parameters, 'x-google-min-bitrate': floorKbps } }
        : codec,
    ),
  };
}

/** Prepares what a join needs and can be done before; for the page in front of the meeting. Never rejects. */
export async function preload(): Promise<void> {
  await loadDevice(0).catch(() => {});
}
