import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SPEAKERS } from '../config.ts';
import { Throttle } from '../net/throttle.ts';
import { LevelSmoothing } from './level-smoothing.ts';
import { byLoudness, SpeakerChoice } from './speaker-choice.ts';

const tick = SPEAKERS.interval;
const says = (levels: Record<string, number>) =>
  Object.entries(levels).map(([participant_id, level]) => ({ participant_id, level }));

describe('SpeakerChoice', () => {
  function listen(choice: SpeakerChoice, script: Record<string, number>[], from = 0): (string | null)[] {
    return script.map((levels, index) => {
      choice.update(says(levels), from + index * tick);
      return choice.active;
    });
  }

  test('nobody is in front before somebody has spoken for long enough', () => {
    const script = Array.from({ length: 4 }, () => ({ ada: -30 }));
    expect(listen(new SpeakerChoice(), script)).toEqual([null, null, null, 'ada']);
  });

  test('an interjection changes nothing, a turn does', () => {
    const choice = new SpeakerChoice();
    listen(choice, [{ ada: -30 }, { ada: -30 }, { ada: -30 }, { ada: -30 }]);
    expect(listen(choice, [{ ada: -40, ben: -20 }, { ben: -20 }, { ada: -30 }], 1_000)).not.toContain('ben');
    expect(listen(choice, [{ ben: -20 }, { ben: -20 }, { ben: -20 }, { ben: -20 }], 2_000).at(-1)).toBe(
      'ben',
    );
  });

  test('silence leaves the last one in front', () => {
    const choice = new SpeakerChoice();
    choice.adopt('ada');
    expect(new Set(listen(choice, [{}, {}, {}, {}, {}, {}]))).toEqual(new Set(['ada']));
  });

  test('of two who are equally loud all nodes take the same', () => {
    const both = Array.from({ length: 4 }, () => ({ ben: -30, ada: -30 }));
    const one = new SpeakerChoice();
    const other = new SpeakerChoice();
    other.adopt('ben');
    expect([listen(one, both).at(-1), listen(other, both).at(-1)]).toEqual(['ada', 'ada']);
  });

  test('says when time alone will decide', () => {
    const choice = new SpeakerChoice();
    choice.update(says({ ada: -30 }), 100);
    const { due } = choice;
    expect(due).toBe(100 + SPEAKERS.dominance + 1);
    choice.update(says({ ada: -30 }), due ?? 0);
    expect([choice.active, choice.due]).toEqual(['ada', null]);
  });

  const names = fc.constantFrom('ada', 'ben', 'cy', 'dee');
  const levels = fc.dictionary(names, fc.integer({ min: -60, max: 0 }));

  test('changes only to somebody who has been the loudest all through the time it takes', () => {
    const script = fc.array(fc.tuple(levels, fc.integer({ min: 1, max: 700 })), { maxLength: 60 });
    fc.assert(
      fc.property(script, (steps) => {
        const choice = new SpeakerChoice();
        const leads: { leader: string | null; at: number }[] = [];
        let now = 0;
        for (const [heard, pause] of steps) {
          now += pause;
          const before = choice.active;
          choice.update(says(heard), now);
          leads.push({ leader: says(heard).toSorted(byLoudness)[0]?.participant_id ?? null, at: now });
          if (choice.active === before) continue;
          const since = leads.findLast((lead) => lead.leader !== choice.active);
          const first = leads.find((lead) => lead.at > (since?.at ?? -1));
          expect(now - (first?.at ?? now)).toBeGreaterThan(SPEAKERS.dominance);
        }
      }),
    );
  });

  test('nodes that differ agree once they have heard the same for long enough', () => {
    const past = fc.array(levels, { maxLength: 20 });
    fc.assert(
      fc.property(past, past, levels, (mine, yours, common) => {
        fc.pre(Object.keys(common).length > 0);
        const [one, other] = [new SpeakerChoice(), new SpeakerChoice()];
        listen(one, mine);
        listen(other, yours);
        const steady = Array.from({ length: 4 }, () => common);
        listen(one, steady, 100 * tick);
        // Their clocks and the moments at which they look differ.
        listen(other, steady, 100 * tick + 130);
        expect(one.active).toBe(other.active);
        expect(one.active).toBe(says(common).toSorted(byLoudness)[0]?.participant_id);
      }),
    );
  });
});

describe('LevelSmoothing', () => {
  const step = (smoothing: LevelSmoothing, ...all: Record<string, number>[]) =>
    all.map((levels) => {
      smoothing.step(new Map(Object.entries(levels)));
      return smoothing.levels.get('ada') ?? null;
    });

  test('rises quickly, falls slowly, and ends', () => {
    const smoothing = new LevelSmoothing();
    const [first = 0, second = 0] = step(smoothing, { ada: -20 }, { ada: -20 });
    expect(first).toBeCloseTo(SPEAKERS.audible + SPEAKERS.rise * (-20 - SPEAKERS.audible));
    expect(second).toBeGreaterThan(first ?? 0);
    const falling = step(smoothing, {}, {}, {}, {});
    expect(falling[0]).toBeCloseTo((second ?? 0) - SPEAKERS.fall);
    expect(falling.at(-1)).toBeNull();
  });

  test('who is muted is silent at once', () => {
    const smoothing = new LevelSmoothing();
    step(smoothing, { ada: -20 });
    smoothing.drop('ada');
    expect(smoothing.levels.size).toBe(0);
  });

  test('stays between what is audible and the loudest that was measured', () => {
    const measured = fc.dictionary(fc.constantFrom('ada', 'ben'), fc.integer({ min: -127, max: 0 }));
    fc.assert(
      fc.property(fc.array(measured), (all) => {
        const smoothing = new LevelSmoothing();
        for (const levels of all) {
          smoothing.step(new Map(Object.entries(levels)));
          for (const level of smoothing.levels.values()) {
            expect(level > SPEAKERS.audible && level <= 0).toBe(true);
          }
        }
        for (let i = 0; i < 6; i += 1) smoothing.step(new Map());
        expect(smoothing.levels.size).toBe(0);
      }),
    );
  });
});

describe('Throttle', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('runs at once, then not more often than its interval, and never forgets the last call', () => {
    let runs = 0;
    const throttle = new Throttle(250, () => {
      runs += 1;
    });
    throttle.ask();
    expect(runs).toBe(1);
    for (let i = 0; i < 10; i += 1) {
      throttle.ask();
      vi.advanceTimersByTime(100);
    }
    expect(runs).toBe(5);
    throttle.ask();
    throttle.close();
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(5);
    expect(vi.getTimerCount()).toBe(0);
  });
});
