import { randomBytes } from 'node:crypto';

/** RTP as load generators send it: real headers, payloads that only look like media. */

export const OPUS = { payloadType: 100, clockRate: 48_000 } as const;
export const VP8 = { payloadType: 101, clockRate: 90_000 } as const;
/** Id of the header extension `ssrc-audio-level`, as in the router's capabilities. */
export const AUDIO_LEVEL_ID = 6;

const HEADER = 12;
/** Of one element of one byte, padded (RFC 8285 §4.2). */
const EXTENSION = 8;
/** Descriptor with a picture id of 15 bits (RFC 7741 §4.2). */
const VP8_DESCRIPTOR = 4;
/** Seconds between the epochs of NTP (1900) and Unix. */
const NTP_EPOCH = 2_208_988_800;
const RTCP_SENDER_REPORT = 200;

abstract class RtpStream {
  readonly ssrc: number;
  readonly #clockRate: number;
  #sequence = 0;
  #timestamp = 0;
  #packets = 0;
  #octets = 0;

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /** A sender report (RFC 3550 §6.4.1); without one nobody can line up two layers of a picture. */
  senderReport(now: number): Buffer {
    const report = Buffer.alloc(28);
    report[0] = 0x80;
    report[1] = RTCP_SENDER_REPORT;
    report.writeUInt16BE(6, 2);
    report.writeUInt32BE(this.ssrc, 4);
    report.writeUInt32BE(Math.floor(now / 1000) + NTP_EPOCH, 8);
    report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 12);
    report.writeUInt32BE(this.#timestamp, 16);
    report.writeUInt32BE(this.#packets, 20);
    report.writeUInt32BE(this.#octets >>> 0, 24);
    return report;
  }

  protected advance(seconds: number): void {
    this.#timestamp = (this.#timestamp + Math.round(seconds * this.#clockRate)) >>> 0;
  }

  protected writeHeader(packet: Buffer, payloadType: number, marker: boolean, extended: boolean): void {
    packet[0] = extended ? 0x90 : 0x80;
    packet[1] = payloadType | (marker ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#timestamp, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#octets += packet.length - HEADER;
  }
}

/** Somebody speaking: packets with their audio level, every 20 ms unless said otherwise (2.5 to 120 ms). */
export class OpusStream extends RtpStream {
  static readonly intervalMs = 20;
  readonly #bytes: number;
  readonly #intervalMs: number;

  constructor(ssrc: number, bytes: number, intervalMs: number = OpusStream.intervalMs) {
    super(ssrc, OPUS.clockRate);
    this.#bytes = bytes;
    this.#intervalMs = intervalMs;
  }

  next(): Buffer {
    const packet = Buffer.alloc(HEADER + EXTENSION + this.#bytes);
    this.writeHeader(packet, OPUS.payloadType, false, true);
    packet.writeUInt16BE(0xbede, HEADER);
    packet.writeUInt16BE(1, HEADER + 2);
    packet[HEADER + 4] = AUDIO_LEVEL_ID << 4;
    // Voice, at −30 dBov (RFC 6464 §3).
    packet[HEADER + 5] = 0x80 | 30;
    this.advance(this.#intervalMs / 1000);
    return packet;
  }
}

/** One layer of a camera: frames of several packets. Every frame is a key frame, so that nobody waits for one. */
export class Vp8Stream extends RtpStream {
  readonly #packets: number;
  readonly #bytes: number;
  readonly #fps: number;
  readonly #filling: Buffer;
  #picture = 0;

  /** `bytes`: payload of each packet. */
  constructor(ssrc: number, options: { fps: number; packets: number; bytes: number }) {
    super(ssrc, VP8.clockRate);
    this.#fps = options.fps;
    this.#packets = options.packets;
    this.#bytes = options.bytes;
    this.#filling = randomBytes(options.bytes);
  }

  nextFrame(): Buffer[] {
    const frame = Array.from({ length: this.#packets }, (_, index) => {
      const packet = Buffer.alloc(HEADER + this.#bytes);
      this.#filling.copy(packet, HEADER);
      this.writeHeader(packet, VP8.payloadType, index === this.#packets - 1, false);
      // X, and S on the first packet of the frame; then I; then the picture id with its M bit.
      packet[HEADER] = 0x80 | (index === 0 ? 0x10 : 0);
      packet[HEADER + 1] = 0x80;
      packet.writeUInt16BE(0x8000 | this.#picture, HEADER + 2);
      // The lowest bit of the payload header is clear in a key frame (RFC 6386 §9.1).
      if (index === 0) packet[HEADER + VP8_DESCRIPTOR] = 0;
      return packet;
    });
    this.#picture = (this.#picture + 1) & 0x7fff;
    this.advance(1 / this.#fps);
    return frame;
  }
}

/** RTP and RTCP share a port (RFC 5761 §4). */
export function isRtcp(packet: Buffer): boolean {
  const type = packet.readUInt8(1) & 0x7f;
  return type >= 64 && type <= 95;
}

/** Puts a time into the last eight bytes, which no router looks at. */
export function stamp(packet: Buffer, time: number): void {
  packet.writeDoubleBE(time, packet.length - 8);
}

export function readStamp(packet: Buffer): number {
  return packet.readDoubleBE(packet.length - 8);
}
