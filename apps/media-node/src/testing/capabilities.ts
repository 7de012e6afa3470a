import type { RtpCapabilities } from '@meridian/protocol';

/** The same of a client that tells nobody which packets it has got. */
export function withoutFeedback(capabilities: RtpCapabilities): RtpCapabilities {
  const codecs = capabilities.codecs.map((codec) => ({
    ...codec,
    rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type }) => type !== 'transport-cc'),
  }));
  return { ...capabilities, codecs };
}
