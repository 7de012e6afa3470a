import { ROUTER_MEDIA_CODECS, ROUTER_RTP_CAPABILITIES } from '@meridian/protocol';
import * as mediasoup from 'mediasoup';
import { expect, test } from 'vitest';

/** mediasoup offers it; mediasoup-client does not know it. */
const LEFT_OUT = 'urn:ietf:params:rtp-hdrext:toffset';

test('routers are what clients take them for', async () => {
  const worker = await mediasoup.createWorker({ logLevel: 'none' });
  try {
    const router = await worker.createRouter({
      mediaCodecs: ROUTER_MEDIA_CODECS.map((codec) => ({ ...codec })),
    });
    const { codecs, headerExtensions } = router.rtpCapabilities;
    const byIdAndKind = (
      a: { preferredId: number; kind: string },
      b: { preferredId: number; kind: string },
    ) => a.preferredId - b.preferredId || a.kind.localeCompare(b.kind);
    expect(codecs).toEqual(ROUTER_RTP_CAPABILITIES.codecs);
    expect(headerExtensions?.filter(({ uri }) => uri !== LEFT_OUT).sort(byIdAndKind)).toEqual(
      [...(ROUTER_RTP_CAPABILITIES.headerExtensions ?? [])].sort(byIdAndKind),
    );
  } finally {
    worker.close();
  }
});
