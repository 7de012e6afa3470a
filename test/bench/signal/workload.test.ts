import { describe, expect, it } from 'vitest';
import { type Action, actions, MIX } from './workload.ts';

function take(seed: number, count: number): Action[] {
  const source = actions(seed);
  return Array.from({ length: count }, () => source.next().value);
}

describe('actions', () => {
  it('come in the mix that is promised', () => {
    const taken = take(1, 10_000);
    for (const [action, share] of Object.entries(MIX)) {
      expect(taken.filter((one) => one === action).length / taken.length).toBeCloseTo(share, 1);
    }
    expect(MIX.chat + MIX.toggle + MIX.turnover).toBeCloseTo(1);
  });

  it('are the same for the same seed, and others for another', () => {
    expect(take(7, 100)).toEqual(take(7, 100));
    expect(take(7, 100)).not.toEqual(take(8, 100));
  });
});
