import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../random.ts';
import { CLEAR, type Conditions, crossing, streamCrossing } from './conditions.ts';

const never = () => 1;

/** `count` packets of 1,000 bytes, one every `everyMs`. */
function send(conditions: Conditions, count: number, everyMs: number, random = seeded(1)) {
  let busyUntil = 0;
  let before = 0;
  return Array.from({ length: count }, (_, index) => {
    const at = index * everyMs;
    const passage = crossing(conditions, { bytes: 1_000, at, busyUntil, before }, random);
    busyUntil = passage.busyUntil;
    if (typeof passage.due === 'number') before = passage.due;
    return { at, due: passage.due };
  });
}

describe('crossing', () => {
  it('lets everything pass at once on a clear path, and nothing on a cut one', () => {
    expect(send(CLEAR, 5, 10).map(({ due }) => due)).toEqual([0, 10, 20, 30, 40]);
    expect(send({ ...CLEAR, cut: true }, 2, 10).map(({ due }) => due)).toEqual(['cut', 'cut']);
  });

  it('keeps delay and jitter within their bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(200), fc.nat(50), (seed, delayMs, jitterMs) => {
        for (const { at, due } of send({ ...CLEAR, delayMs, jitterMs }, 20, 5, seeded(seed))) {
          if (typeof due !== 'number') throw new Error(`lost by ${due}`);
          expect(due - at).toBeGreaterThanOrEqual(delayMs);
          expect(due - at).toBeLessThanOrEqual(delayMs + jitterMs);
        }
      }),
    );
  });

  it('keeps packets in their order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, jitterMs) => {
        const dues = send({ ...CLEAR, jitterMs }, 20, 1, seeded(seed)).map(({ due }) => Number(due));
        expect(dues).toEqual([...dues].sort((a, b) => a - b));
      }),
    );
  });

  it('loses the part it is told to', () => {
    const lost = send({ ...CLEAR, loss: 0.05 }, 20_000, 1).filter(({ due }) => due === 'loss');
    expect(lost.length / 20_000).toBeCloseTo(0.05, 2);
  });

  it('repeats itself with the same seed', () => {
    const conditions = { ...CLEAR, loss: 0.2, jitterMs: 30 };
    expect(send(conditions, 200, 1, seeded(7))).toEqual(send(conditions, 200, 1, seeded(7)));
    expect(send(conditions, 200, 1, seeded(7))).not.toEqual(send(conditions, 200, 1, seeded(8)));
  });

  it('holds the rate: what waits too long is dropped, the rest comes evenly', () => {
    // 1,028 bytes at 1 Mbit/s take 8.2 ms; offered is twice as much.
    const passed = send({ ...CLEAR, rateKbps: 1_000 }, 1_000, 4.1);
    const arrived = passed.map(({ due }) => due).filter((due) => typeof due === 'number');
    expect(passed.some(({ due }) => due === 'buffer')).toBe(true);
    const last = arrived.at(-1) ?? 0;
    expect((arrived.length * 1_028 * 8) / last).toBeCloseTo(1_000, -1);
    for (const { at, due } of passed) if (typeof due === 'number') expect(due - at).toBeLessThan(320);
  });
});

describe('streamCrossing', () => {
  it('loses nothing: what is lost comes a retransmission later', () => {
    const piece = { bytes: 100, at: 0, busyUntil: 0 };
    const conditions = { ...CLEAR, delayMs: 50, loss: 0.5 };
    expect(streamCrossing(conditions, piece, never).due).toBe(50);
    expect(streamCrossing(conditions, piece, () => 0).due).toBe(350);
  });
});
