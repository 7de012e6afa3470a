import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DATA } from '../config.ts';
import { DataAllowance } from './data-allowance.ts';

test('a steady stream within the rate goes on for ever', () => {
  const allowance = new DataAllowance(0);
  for (let second = 1; second < 1_000; second += 1) {
    const counters = { messages: second * DATA.perSecond.messages, bytes: second * DATA.perSecond.bytes };
    expect(allowance.spend(counters, second * 1_000)).toBe(true);
  }
});

test('a burst is let through once', () => {
  const allowance = new DataAllowance(0);
  expect(allowance.spend({ messages: DATA.burst.messages, bytes: 0 }, 0)).toBe(true);
  expect(allowance.spend({ messages: DATA.burst.messages + 1, bytes: 0 }, 1)).toBe(false);
});

test('in no span of time more passes than burst and rate allow, and whoever keeps to the rate passes', () => {
  const sample = fc.record({
    messages: fc.integer({ min: 0, max: 2 * DATA.burst.messages }),
    bytes: fc.integer({ min: 0, max: 2 * DATA.burst.bytes }),
    after: fc.integer({ min: 1, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), (samples) => {
      const allowance = new DataAllowance(0);
      const seen = [{ messages: 0, bytes: 0, at: 0 }];
      for (const { messages, bytes, after } of samples) {
        const last = seen.at(-1) ?? { messages: 0, bytes: 0, at: 0 };
        const now = { messages: last.messages + messages, bytes: last.bytes + bytes, at: last.at + after };
        seen.push(now);
        const within = (key: 'messages' | 'bytes') =>
          seen.every((then, index) => {
            if (index === seen.length - 1) return true;
            const allowed = DATA.burst[key] + ((now.at - then.at) / 1000) * DATA.perSecond[key];
            return now[key] - then[key] <= allowed + 1e-6;
          });
        const ok = allowance.spend(now, now.at);
        if (!ok) return;
        expect(within('messages') && within('bytes')).toBe(true);
      }
    }),
  );
  const pauses = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(pauses, (all) => {
      const allowance = new DataAllowance(0);
      let at = 0;
      for (const pause of all) {
        at += pause;
        const messages = Math.floor((at / 1000) * DATA.perSecond.messages);
        const bytes = Math.floor((at / 1000) * DATA.perSecond.bytes);
        expect(allowance.spend({ messages, bytes }, at)).toBe(true);
      }
    }),
  );
});
