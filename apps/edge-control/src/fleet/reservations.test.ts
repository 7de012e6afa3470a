import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reservations } from './reservations.ts';

describe('Reservations', () => {
  type Purpose = 'primary' | 'standby';
  type Step =
    | { do: 'add'; node: string; purpose: Purpose }
    | { do: 'release'; pick: number }
    | { do: 'arrive'; node: string; purpose: Purpose; count: number }
    | { do: 'wait'; ms: number };
  const name = fc.constantFrom('a', 'b', 'c');
  const purpose = fc.constantFrom<Purpose[]>('primary', 'standby');
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('add'), node: name, purpose }),
    fc.record({ do: fc.constant('release'), pick: fc.nat(50) }),
    fc.record({ do: fc.constant('arrive'), node: name, purpose, count: fc.integer({ min: -3, max: 4 }) }),
    fc.record({ do: fc.constant('wait'), ms: fc.nat(60) }),
  );

  it('counts like a plain list would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const reservations = new Reservations(100, 0.25);
        let list: { id: string; node: string; purpose: Purpose; until: number }[] = [];
        let now = 0;
        for (const [i, action] of steps.entries()) {
          if (action.do === 'add') {
            reservations.add(`${i}`, action.node, now, action.purpose);
            list.push({ id: `${i}`, node: action.node, purpose: action.purpose, until: now + 100 });
          } else if (action.do === 'release') {
            reservations.release(`${action.pick}`);
            list = list.filter(({ id }) => id !== `${action.pick}`);
          } else if (action.do === 'arrive') {
            reservations.arrived(action.node, action.count, action.purpose);
            for (let n = 0; n < action.count; n++) {
              const first = list.find((one) => one.node === action.node && one.purpose === action.purpose);
              list = list.filter((one) => one !== first);
            }
          } else {
            now += action.ms;
            reservations.expire(now);
            list = list.filter(({ until }) => until > now);
          }
          for (const node of ['a', 'b', 'c']) {
            const held = (kind: Purpose) =>
              list.filter((one) => one.node === node && one.purpose === kind).length;
            expect(reservations.places(node)).toBe(held('primary') + held('standby') / 4);
            expect(reservations.on(node)).toEqual({ primary: held('primary'), standby: held('standby') });
          }
        }
      }),
    );
  });
});
