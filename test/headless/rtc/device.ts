import { ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import { Device, ortc } from 'mediasoup-client';
import type { RtpCapabilities } from 'mediasoup-client/types';
import { HeadlessHandler, type Owner } from './handler.ts';

const CODECS = ['audio/opus', 'video/VP8'];
const EXTENSIONS = ['urn:ietf:params:rtp-hdrext:sdes:mid', 'urn:ietf:params:rtp-hdrext:ssrc-audio-level'];

/**
 * What a participant without codecs can take: no bandwidth estimation (it sends no feedback for it) and no
 * retransmissions, so what a path loses is seen to be lost.
 */
export function headlessCapabilities(): RtpCapabilities {
  const capabilities: RtpCapabilities = {
    codecs: structuredClone(ROUTER_RTP_CAPABILITIES.codecs ?? [])
      .filter(({ mimeType }) => CODECS.includes(mimeType))
      .map((codec) => ({
        ...codec,
        rtcpFeedback: codec.rtcpFeedback?.filter(({ parameter }) => parameter === 'pli') ?? [],
      })),
    headerExtensions: structuredClone(ROUTER_RTP_CAPABILITIES.headerExtensions ?? []).filter(({ uri }) =>
      EXTENSIONS.includes(uri),
    ),
  };
  ortc.validateAndNormalizeRtpCapabilities(capabilities);
  return capabilities;
}

/** The SDK's device for one participant. */
export async function headlessDevice(owner: Owner): Promise<Device> {
  const device = new Device({
    handlerFactory: {
      name: 'Headless',
      factory: (options) => new HeadlessHandler(options, owner),
      getNativeRtpCapabilities: async () => structuredClone(owner.capabilities),
    },
  });
  await device.load({ routerRtpCapabilities: ROUTER_RTP_CAPABILITIES });
  return device;
}
