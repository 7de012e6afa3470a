// RTP in → SRTP between two transports → RTP out, every payload compared byte for byte.
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { udpSocket, within } from './udp.ts';

const packets = 200;
const packetsPerBurst = 10;
const payloadType = 100;
const rtpHeaderLength = 12;
const listenInfo = { protocol: 'udp', ip: '127.0.0.1' } as const;

export async function srtpLoop(router: types.Router, suite: types.SrtpCryptoSuite): Promise<string> {
  const secured = { listenInfo, rtcpMux: true, enableSrtp: true, srtpCryptoSuite: suite } as const;
  const entry = await router.createPlainTransport({ listenInfo, rtcpMux: true, comedia: true });
  const near = await router.createPlainTransport(secured);
  const far = await router.createPlainTransport(secured);
  const exit = await router.createPlainTransport({ listenInfo, rtcpMux: true });
  const receiver = await udpSocket();
  const sender = await udpSocket();
  try {
    await connectTo(near, far);
    await connectTo(far, near);
    await exit.connect({ ip: '127.0.0.1', port: receiver.address().port });

    const ssrc = randomInt(1, 2 ** 31);
    const produced = await entry.produce({ kind: 'audio', rtpParameters: rtpParameters(ssrc) });
    const { rtpCapabilities } = router;
    const leaving = await near.consume({ producerId: produced.id, rtpCapabilities });
    const arriving = await far.produce({ kind: 'audio', rtpParameters: leaving.rtpParameters });
    await exit.consume({ producerId: arriving.id, rtpCapabilities });

    const sent = new Map<number, Buffer>();
    const allThere = new Promise<void>((resolve, reject) => {
      receiver.on('message', (packet) => {
        if (isRtcp(packet)) return;
        const payload = packet.subarray(headerLength(packet));
        const number = payload.readUInt32BE(0);
        if (!sent.get(number)?.equals(payload))
          reject(new Error(`${suite}: packet ${number} arrived changed`));
        sent.delete(number);
        if (sent.size === 0) resolve();
      });
    });
    // All are noted before the first is sent, or an early answer would look like the last.
    for (let i = 0; i < packets; i++) sent.set(i, payloadOf(i));
    const wire = [...sent].map(([i, payload]) => rtpPacket(i, ssrc, payload));
    for (const [i, packet] of wire.entries()) {
      sender.send(packet, entry.tuple.localPort, '127.0.0.1');
      if (i % packetsPerBurst === 0) await sleep(2);
    }
    await within(5_000, `${suite}: ${packets} packets`, allThere);
    return `${packets} packets identical`;
  } finally {
    for (const transport of [entry, near, far, exit]) transport.close();
    receiver.close();
    sender.close();
  }
}

async function connectTo(from: types.PlainTransport, to: types.PlainTransport): Promise<void> {
  const { srtpParameters } = to;
  if (srtpParameters === undefined) throw new Error('the transport has no SRTP parameters');
  await from.connect({ ip: '127.0.0.1', port: to.tuple.localPort, srtpParameters });
}

function rtpParameters(ssrc: number): types.RtpParameters {
  return {
    codecs: [{ mimeType: 'audio/opus', clockRate: 48000, channels: 2, payloadType }],
    encodings: [{ ssrc }],
    rtcp: { cname: 'self-test' },
  };
}

/** Random bytes of many sizes, as a cipher's mistakes may hide in the length of the last block. */
function payloadOf(number: number): Buffer {
  const payload = randomBytes(20 + ((number * 37) % 1160));
  payload.writeUInt32BE(number);
  return payload;
}

function rtpPacket(number: number, ssrc: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(rtpHeaderLength);
  header[0] = 0x80;
  header[1] = payloadType;
  // Starts just before the sequence wraps, which is where the two ends could come to count differently.
  header.writeUInt16BE((number + 65_500) & 0xffff, 2);
  header.writeUInt32BE(number * 960, 4);
  header.writeUInt32BE(ssrc, 8);
  return Buffer.concat([header, payload]);
}

function isRtcp(packet: Buffer): boolean {
  const type = packet[1] ?? 0;
  return type >= 192 && type <= 223;
}

function headerLength(packet: Buffer): number {
  const hasExtension = ((packet[0] ?? 0) & 0x10) !== 0;
  return rtpHeaderLength + (hasExtension ? 4 + 4 * packet.readUInt16BE(14) : 0);
}
