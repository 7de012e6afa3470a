/**
 * A picture a machine can read after any codec has been at it: a grid of black and white blocks that carries
 * who shows it and which frame it is. Coarse enough to survive the lowest simulcast layer.
 *
 * 24 bits: participant (4), frame (12), CRC-8 over both (8).
 */
export const GRID = { columns: 6, rows: 4 } as const;
export const FRAME_COUNT_LIMIT = 4096;

export type Barcode = { participant: number; frame: number };

/** CRC-8/ATM (polynomial 0x07) over the low 16 bits, high byte first. */
export function crc8(value: number): number {
  let crc = 0;
  for (const byte of [(value >> 8) & 0xff, value & 0xff]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

/** The 24 blocks, row by row, true for white. */
export function encodeBarcode({ participant, frame }: Barcode): boolean[] {
  const data = ((participant & 0xf) << 12) | (frame & 0xfff);
  const word = (data << 8) | crc8(data);
  return Array.from({ length: 24 }, (_, bit) => ((word >> (23 - bit)) & 1) === 1);
}

/** Null when the check sum is wrong: a torn, blank or foreign picture. */
export function decodeBarcode(blocks: readonly boolean[]): Barcode | null {
  const word = blocks.reduce((bits, white) => (bits << 1) | (white ? 1 : 0), 0);
  const data = (word >> 8) & 0xffff;
  // All black decodes to zeros with a valid check sum, so participant 0 is not used.
  if (crc8(data) !== (word & 0xff) || data >> 12 === 0) return null;
  return { participant: data >> 12, frame: data & 0xfff };
}
