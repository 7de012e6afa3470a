import { MeetingCode, MeetingId } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMeetingCode } from './meeting-code.ts';
import { newMeetingId, type Residency, residencyOf } from './meeting-id.ts';

const residency = fc.constantFrom<Residency>('none', 'eu');
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const filled = (seed: Uint8Array) => (bytes: Uint8Array) => {
  bytes.set(seed.subarray(0, bytes.length));
  return bytes;
};
const seed = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('newMeetingId', () => {
  it('makes UUIDs that tell the residency, whatever the chance', () => {
    fc.assert(
      fc.property(residency, time, seed, (where, now, bytes) => {
        const id = newMeetingId(where, now, filled(bytes));
        expect(MeetingId.parse(id)).toBe(id);
        expect(residencyOf(id)).toBe(where);
      }),
    );
  });

  it('sorts by time', () => {
    fc.assert(
      fc.property(time, time, seed, seed, (a, b, x, y) => {
        fc.pre(a < b);
        expect(newMeetingId('none', a, filled(x)) < newMeetingId('eu', b, filled(y))).toBe(true);
      }),
    );
  });

  it('is as random as its bits allow', () => {
    const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);
    const ids = Array.from({ length: 1_000 }, () => newMeetingId('none', 0, random));
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe('residencyOf', () => {
  it('finds none in ids that are not ours', () => {
    expect(residencyOf(crypto.randomUUID())).toBe('none');
    expect(residencyOf('')).toBe('none');
  });
});

describe('newMeetingCode', () => {
  it('makes codes of evenly spread digits', () => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 2_000; i++) {
      const code = newMeetingCode((bytes) => crypto.getRandomValues(bytes));
      expect(MeetingCode.parse(code)).toBe(code);
      for (const digit of code.replaceAll('-', '')) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    }
    // 2,200 of each are expected; seven standard deviations to either side.
    for (const count of counts) expect(Math.abs(count - 2_200)).toBeLessThan(320);
  });
});
