import { describe, expect, it } from 'vitest';
import { AUDIO_LEVEL_ID, isRtcp, OpusStream, readStamp, stamp, Vp8Stream } from './rtp.ts';

describe('OpusStream', () => {
  it('counts on in sequence and time, and tells its level', () => {
    const stream = new OpusStream(7, 80);
    const [first, second] = [stream.next(), stream.next()];
    expect(second.readUInt16BE(2) - first.readUInt16BE(2)).toBe(1);
    expect(second.readUInt32BE(4) - first.readUInt32BE(4)).toBe(960);
    expect(first.readUInt32BE(8)).toBe(7);
    expect([first.readUInt16BE(12), first.readUInt16BE(14), first[16]]).toEqual([
      0xbede,
      1,
      AUDIO_LEVEL_ID << 4,
    ]);
    expect(first.length).toBe(12 + 8 + 80);
    expect(isRtcp(first)).toBe(false);
  });
});

describe('Vp8Stream', () => {
  it('makes frames of packets that share a time; the first starts the picture, the last has the marker', () => {
    const stream = new Vp8Stream(8, { fps: 25, packets: 3, bytes: 500 });
    const frame = stream.nextFrame();
    expect(frame.map((packet) => packet.readUInt16BE(2))).toEqual([0, 1, 2]);
    expect(frame.map((packet) => packet.readUInt8(1) >> 7)).toEqual([0, 0, 1]);
    expect(frame.map((packet) => packet.readUInt8(12) & 0x10)).toEqual([0x10, 0, 0]);
    const [next] = stream.nextFrame();
    expect(next?.readUInt32BE(4)).toBe(3600);
    expect(next?.readUInt16BE(14)).toBe(0x8001);
  });
});

describe('senderReport', () => {
  it('says what was sent until then, on the clock of RTP and on that of the wall', () => {
    const stream = new Vp8Stream(9, { fps: 25, packets: 2, bytes: 100 });
    stream.nextFrame();
    const report = stream.senderReport(1_500);
    expect(isRtcp(report)).toBe(true);
    expect(report.readUInt32BE(8) - 2_208_988_800).toBe(1);
    expect(report.readUInt32BE(12)).toBe(2 ** 31);
    expect([report.readUInt32BE(16), report.readUInt32BE(20), report.readUInt32BE(24)]).toEqual([
      3600, 2, 200,
    ]);
  });
});

it('a stamp can be read again', () => {
  const packet = new OpusStream(1, 80).next();
  stamp(packet, 1234.5678);
  expect(readStamp(packet)).toBe(1234.5678);
});
