import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseNode, freePlaces, type NodeFigures } from './choose-node.ts';
import { Reservations } from './reservations.ts';

const node = fc.record({
  node_id: fc.uuid(),
  capacity: fc.integer({ min: 1, max: 20 }),
  participants: fc.nat(25),
  cpu: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
});
const nodes = fc.uniqueArray(node, { selector: ({ node_id }) => node_id, maxLength: 12 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('chooseNode', () => {
  it('chooses a node with a free place if and only if there is one', () => {
    fc.assert(
      fc.property(nodes, fc.infiniteStream(fraction), fc.nat(3), (all, chance, reserved) => {
        const chosen = chooseNode(
          all,
          () => reserved,
          () => chance.next().value ?? 0,
        );
        const open = all.filter((one) => freePlaces(one, reserved) > 0);
        if (chosen) expect(open).toContain(chosen);
        else expect(open).toEqual([]);
      }),
    );
  });

  it('takes the emptier of the two it looks at, and the less busy of two that are as full', () => {
    const figures = (node_id: string, participants: number, cpu: number): NodeFigures => ({
      node_id,
      capacity: 10,
      participants,
      cpu: [cpu],
    });
    const zero = () => 0;
    const choose = (a: NodeFigures, b: NodeFigures) => chooseNode([a, b], zero, zero)?.node_id;
    expect(choose(figures('a', 5, 0), figures('b', 4, 1))).toBe('b');
    expect(choose(figures('a', 4, 0.9), figures('b', 4, 0.1))).toBe('b');
  });

  it('spreads a rush: no node is far ahead of another', () => {
    const all = Array.from({ length: 10 }, (_, i) => ({
      node_id: `node-${i}`,
      capacity: 500,
      participants: 0,
      cpu: [],
    }));
    const reservations = new Reservations(60_000);
    for (let i = 0; i < 1_000; i++) {
      const chosen = chooseNode(all, (id) => reservations.on(id), Math.random);
      if (chosen) reservations.add(`${i}`, chosen.node_id, 0);
    }
    const counts = all.map(({ node_id }) => reservations.on(node_id));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(20);
  });
});

describe('Reservations', () => {
  type Step =
    | { do: 'add'; node: string }
    | { do: 'release'; pick: number }
    | { do: 'arrive'; node: string; count: number }
    | { do: 'wait'; ms: number };
  const name = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('add'), node: name }),
    fc.record({ do: fc.constant('release'), pick: fc.nat(50) }),
    fc.record({ do: fc.constant('arrive'), node: name, count: fc.integer({ min: -3, max: 4 }) }),
    fc.record({ do: fc.constant('wait'), ms: fc.nat(60) }),
  );

  it('counts like a plain list would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const reservations = new Reservations(100);
        let list: { id: string; node: string; until: number }[] = [];
        let now = 0;
        for (const [i, action] of steps.entries()) {
          if (action.do === 'add') {
            reservations.add(`${i}`, action.node, now);
            list.push({ id: `${i}`, node: action.node, until: now + 100 });
          } else if (action.do === 'release') {
            reservations.release(`${action.pick}`);
            list = list.filter(({ id }) => id !== `${action.pick}`);
          } else if (action.do === 'arrive') {
            reservations.arrived(action.node, action.count);
            for (let n = 0; n < action.count; n++) {
              const first = list.find(({ node }) => node === action.node);
              list = list.filter((one) => one !== first);
            }
          } else {
            now += action.ms;
            reservations.expire(now);
            list = list.filter(({ until }) => until > now);
          }
          for (const node of ['a', 'b', 'c']) {
            expect(reservations.on(node)).toBe(list.filter((one) => one.node === node).length);
          }
        }
      }),
    );
  });
});
