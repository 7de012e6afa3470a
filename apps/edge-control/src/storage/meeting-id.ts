/** Where a meeting's data must stay; part of its id, so that nothing has to be looked up to know it. */
export type Residency = 'none' | 'eu';

const NIBBLE = { none: 0x0, eu: 0x1 } as const satisfies Record<Residency, number>;

/**
 * A UUIDv8 (RFC 9562 §5.8): 48 bits of Unix time in milliseconds, so that ids sort by age; then, after the
 * version, four bits of residency and eight random ones; then, after the variant, 62 random bits.
 *
 * `random` fills the array it is given, like `crypto.getRandomValues`.
 */
export function newMeetingId(
  residency: Residency,
  now: number,
  random: (bytes: Uint8Array) => Uint8Array,
): string {
  const bytes = random(new Uint8Array(16));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(0, Math.floor(now / 2 ** 32) & 0xffff);
  view.setUint32(2, now % 2 ** 32);
  view.setUint8(6, 0x80 | NIBBLE[residency]);
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The residency an id was made with. Ids that are not ours have none. */
export function residencyOf(meetingId: string): Residency {
  if (meetingId[14] !== '8') return 'none';
  const nibble = Number.parseInt(meetingId[15] ?? '', 16);
  return nibble === NIBBLE.eu ? 'eu' : 'none';
}
