import type { NodeDescription, NodeLoad } from '@meridian/protocol';
import { describe, expect, it, test } from 'vitest';
import { load } from '../../test/support/node.ts';
import { CONFIG } from '../config.ts';
import { nodeIn } from '../room/testing/fixtures.ts';
import { isFull, nextPressure, type Pressure } from './fullness.ts';

const config = CONFIG.cell;
const NODE: NodeDescription = { ...nodeIn('amsterdam'), capacity: 100, bits_capacity_per_s: 1e9 };
const busy = (change: Partial<NodeLoad>): NodeLoad => ({ ...load(), ...change });
const first = (change: Partial<NodeLoad>) => nextPressure(null, NODE, busy(change), config);

/** Heartbeats of the same load until the answer changes, at two a second. Seconds. */
function secondsUntil(high: boolean, before: Pressure, change: Partial<NodeLoad>): number {
  let pressure = before;
  for (let beats = 1; beats < 200; beats += 1) {
    pressure = nextPressure(pressure, NODE, busy(change), config);
    if (pressure.high === high) return beats / 2;
  }
  throw new Error('never');
}

describe('a node is full', () => {
  test.each<[string, Partial<NodeLoad>, boolean]>([
    ['idle', { cpu: [0.1, 0.1] }, false],
    ['one of two workers at its end', { cpu: [1, 0.2] }, false],
    ['both workers at their end', { cpu: [0.95, 0.9] }, true],
    ['the way in at its end', { bits_in_per_s: 0.95e9 }, true],
    ['the way out at its end', { bits_out_per_s: 0.95e9 }, true],
    ['half in each direction', { bits_in_per_s: 0.5e9, bits_out_per_s: 0.5e9 }, false],
    ['no workers', { cpu: [] }, false],
  ])('%s', (_what, change, high) => {
    expect(first(change).high).toBe(high);
    expect(isFull(NODE, 0, first(change))).toBe(high);
  });

  it('when its places are taken or promised', () => {
    const calm = first({});
    expect(isFull(NODE, 99, calm)).toBe(false);
    expect(isFull(NODE, 100, calm)).toBe(true);
  });

  it('not by a burst, but within half a minute of work that stays, and open again when it is over', () => {
    const calm = first({ cpu: [0.3] });
    expect(nextPressure(calm, NODE, busy({ cpu: [1] }), config).high).toBe(false);
    const until = secondsUntil(true, calm, { cpu: [1] });
    expect(until).toBeGreaterThan(3);
    expect(until).toBeLessThan(30);
    const hot = first({ cpu: [0.95] });
    expect(() => secondsUntil(false, hot, { cpu: [0.85] })).toThrow('never');
    expect(secondsUntil(false, hot, { cpu: [0.5] })).toBeLessThan(10);
  });
});
