import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLACEMENT } from '../config.ts';
import { chooseWorker, fullness, type WorkerUse } from './choose-worker.ts';

const LIMIT = 100;
const idle: WorkerUse = { cpu: 0, streams: 0, seats: 0, ofMeeting: 0 };

const anyUse = fc
  .record({
    cpu: fc.double({ min: 0, max: 1, noNaN: true }),
    streams: fc.nat(3 * LIMIT),
    seats: fc.nat(20),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...use }): WorkerUse => ({ ...use, ofMeeting: Math.floor(share * use.seats) }));

/** Puts `people` of one meeting on idle workers one by one; each then has a stream to and from everybody. */
function place(people: number, workers: number): number[] {
  const seats = Array.from({ length: workers }, () => 0);
  for (let count = 1; count <= people; count += 1) {
    const use = seats.map((mine) => ({
      cpu: 0,
      streams: mine * count,
      seats: mine,
      ofMeeting: mine,
    }));
    const chosen = chooseWorker(use, LIMIT);
    seats[chosen] = (seats[chosen] ?? 0) + 1;
  }
  return seats;
}

describe('the worker for a participant', () => {
  test('is none without workers, and else one of them', () => {
    expect(chooseWorker([], LIMIT)).toBe(-1);
    fc.assert(
      fc.property(fc.array(anyUse, { minLength: 1, maxLength: 8 }), (workers) => {
        expect(workers[chooseWorker(workers, LIMIT)]).toBeDefined();
      }),
    );
  });

  test('of a new meeting is the emptiest', () => {
    const busy = { ...idle, streams: 50, seats: 5 };
    const hot = { ...idle, cpu: 0.6 };
    expect(chooseWorker([busy, idle, hot], LIMIT)).toBe(1);
    fc.assert(
      fc.property(fc.array(anyUse, { minLength: 1, maxLength: 8 }), (workers) => {
        const strangers = workers.map((use) => ({ ...use, ofMeeting: 0 }));
        const all = strangers.map((use) => fullness(use, LIMIT));
        expect(all[chooseWorker(strangers, LIMIT)]).toBe(Math.min(...all));
      }),
    );
  });

  test('is where the meeting is, as long as there is room', () => {
    const here = { cpu: 0.5, streams: 60, seats: 5, ofMeeting: 5 };
    expect(chooseWorker([idle, here], LIMIT)).toBe(1);
    expect(chooseWorker([idle, { ...here, streams: LIMIT }], LIMIT)).toBe(0);
    expect(chooseWorker([idle, { ...here, cpu: PLACEMENT.fullCpu }], LIMIT)).toBe(0);
    fc.assert(
      fc.property(fc.array(anyUse, { minLength: 1, maxLength: 8 }), (workers) => {
        const roomy = workers.filter((use) => use.ofMeeting > 0 && fullness(use, LIMIT) < 1);
        const chosen = workers[chooseWorker(workers, LIMIT)];
        if (roomy.length > 0) {
          expect(chosen?.ofMeeting).toBe(Math.max(...roomy.map((use) => use.ofMeeting)));
        }
      }),
    );
  });

  test('when all are full is the emptiest, one with the meeting if the difference is small', () => {
    const full = { ...idle, cpu: 1 };
    const here = { cpu: 1, streams: 10, seats: 3, ofMeeting: 3 };
    expect(chooseWorker([full, here], LIMIT)).toBe(1);
    expect(chooseWorker([{ ...full, cpu: 0.8 }, here], LIMIT)).toBe(0);
  });

  test('small meetings stay together, large ones use all workers evenly', () => {
    expect(place(5, 4).filter((seats) => seats > 0)).toEqual([5]);
    const large = place(60, 4);
    expect(Math.max(...large) - Math.min(...large)).toBeLessThanOrEqual(6);
  });
});
