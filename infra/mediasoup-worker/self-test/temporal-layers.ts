// VP8 with three temporal layers → a receiver: it gets every frame from the key frame on, none of which has a sync flag.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { within } from './udp.ts';

const payloadType = 101;
const rtpHeaderLength = 12;
/** As libvpx orders them. */
const temporalIds = [2, 1, 2, 0, 2, 1, 2, 0];
/** The worker takes a stream for active with its first packet, and may begin with the second key frame. */
const keyFrames = 3;
const frameInterval = 20;
/** 90 kHz. */
const frameTicks = 3_000;

export async function temporalLayers(router: types.Router): Promise<string> {
  const [entry, exit] = [await router.createDirectTransport(), await router.createDirectTransport()];
  try {
    const ssrc = randomInt(1, 2 ** 30);
    const producer = await entry.produce({ kind: 'video', rtpParameters: rtpParameters(ssrc) });
    const { rtpCapabilities } = router;
    const consumer = await exit.consume({ producerId: producer.id, rtpCapabilities, paused: false });
    const last = temporalIds.length;
    const arrived = new Set<number>();
    const all = new Promise<void>((resolve) => {
      consumer.on('rtp', (packet) => {
        arrived.add(packet.at(-1) ?? 0);
        if (arrived.has(last)) resolve();
      });
    });
    for (let i = 1 - keyFrames; i <= last; i++) {
      const temporalId = i <= 0 ? 0 : (temporalIds[i - 1] ?? 0);
      producer.send(vp8Packet(i + keyFrames, ssrc, { keyFrame: i <= 0, temporalId, mark: Math.max(0, i) }));
      await sleep(frameInterval);
    }
    await within(5_000, 'the last frame', all);
    const missing = temporalIds.map((_, i) => i + 1).filter((frame) => !arrived.has(frame));
    if (missing.length > 0) throw new Error(`frames ${missing.join(', ')} after a key frame were left out`);
    return `${last} frames after a key frame`;
  } finally {
    entry.close();
    exit.close();
  }
}

function rtpParameters(ssrc: number): types.RtpParameters {
  return {
    codecs: [{ mimeType: 'video/VP8', clockRate: 90_000, payloadType }],
    encodings: [
      { ssrc, scalabilityMode: 'L1T3' },
      { ssrc: ssrc + 1, scalabilityMode: 'L1T3' },
    ],
    rtcp: { cname: 'self-test' },
  };
}

type Frame = { keyFrame: boolean; temporalId: number; mark: number };

/** A frame in one packet (RFC 7741, section 4.2). */
function vp8Packet(number: number, ssrc: number, { keyFrame, temporalId, mark }: Frame): Buffer {
  const header = Buffer.alloc(rtpHeaderLength);
  header[0] = 0x80;
  header[1] = 0x80 | payloadType;
  header.writeUInt16BE(number, 2);
  header.writeUInt32BE(number * frameTicks, 4);
  header.writeUInt32BE(ssrc, 8);
  // Start of the first partition; picture number, number of the frame of the lowest layer, and layer follow.
  const descriptor = [0x90, 0xe0, 0x80, number, number, temporalId << 6];
  return Buffer.concat([header, Buffer.from([...descriptor, keyFrame ? 0 : 1, 0, 0, mark])]);
}
