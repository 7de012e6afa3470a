import type { MeetingCode } from '@meridian/protocol';

/** Eleven random digits as `123-4567-8901`. `random` fills the array it is given. */
export function newMeetingCode(random: (bytes: Uint8Array) => Uint8Array): MeetingCode {
  let digits = '';
  while (digits.length < 11) {
    for (const byte of random(new Uint8Array(16))) {
      // 250 is the largest multiple of ten in a byte; what lies above would favour low digits.
      if (byte < 250 && digits.length < 11) digits += byte % 10;
    }
  }
  return `${digits.slice(0, 3)}-${digits.slice(3, 7)}-${digits.slice(7)}`;
}
