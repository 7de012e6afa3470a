/** At the end of each packet of a headless participant: who sent what, and when. No router looks there. */
export type Tag = {
  /** Which participant, as the test numbers them. */
  readonly sender: number;
  readonly source: 'microphone' | 'camera';
  /** Simulcast layer, 0 the smallest. */
  readonly layer: number;
  /** Counts the sounds or pictures of this source, over all connections; layers of one picture share its number. */
  readonly counter: number;
  /** When it was made, by `now()`. */
  readonly at: number;
};

const MAGIC = 0x4d52444e;
export const TAG_BYTES = 20;

/** Milliseconds by a clock that all processes of this machine share and nobody sets. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

export function writeTag(packet: Buffer, tag: Tag): void {
  const start = packet.length - TAG_BYTES;
  packet.writeUInt32BE(MAGIC, start);
  packet.writeUInt16BE(tag.sender, start + 4);
  packet.writeUInt8(tag.source === 'camera' ? 1 : 0, start + 6);
  packet.writeUInt8(tag.layer, start + 7);
  packet.writeUInt32BE(tag.counter, start + 8);
  packet.writeDoubleBE(tag.at, start + 12);
}

/** Null for what no headless participant sent: probes, retransmissions, browsers. */
export function readTag(packet: Buffer): Tag | null {
  const start = packet.length - TAG_BYTES;
  if (start < 12 || packet.readUInt32BE(start) !== MAGIC) return null;
  return {
    sender: packet.readUInt16BE(start + 4),
    source: packet.readUInt8(start + 6) === 1 ? 'camera' : 'microphone',
    layer: packet.readUInt8(start + 7),
    counter: packet.readUInt32BE(start + 8),
    at: packet.readDoubleBE(start + 12),
  };
}
