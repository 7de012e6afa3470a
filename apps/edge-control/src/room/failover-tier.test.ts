import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROOM } from './config.ts';
import { failoverTier, sizeBand, type TierFacts } from './failover-tier.ts';

const { smallUpTo, smallSlack, largeFrom, largeSlack } = ROOM.tier;
const facts = (participants: number, change: Partial<TierFacts> = {}): TierFacts => ({
  role: 'participant',
  sharing: false,
  participants,
  before: 'warm',
  ...change,
});
const tier = (participants: number, change?: Partial<TierFacts>) =>
  failoverTier(facts(participants, change)).failover;

describe('failoverTier', () => {
  it.each<[string, number, Partial<TierFacts>, string, string]>([
    ['a small meeting', smallUpTo, {}, 'hot', 'small_meeting'],
    ['a usual one', smallUpTo + 1, {}, 'warm', 'usual'],
    ['the largest usual one', largeFrom, {}, 'warm', 'usual'],
    ['an audience', largeFrom + 1, {}, 'cold', 'large_audience'],
    ['a host before an audience', largeFrom + 1, { role: 'host' }, 'hot', 'presenter'],
    ['a co-host', smallUpTo + 20, { role: 'co_host' }, 'hot', 'presenter'],
    ['whose screen all see', largeFrom + 1, { sharing: true }, 'hot', 'presenter'],
  ])('%s', (_, participants, change, failover, reason) => {
    expect(failoverTier(facts(participants, change))).toEqual({ failover, reason });
  });

  it('does not change for somebody who comes and goes at a border', () => {
    expect(tier(smallUpTo + smallSlack, { before: 'hot' })).toBe('hot');
    expect(tier(smallUpTo + smallSlack + 1, { before: 'hot' })).toBe('warm');
    expect(tier(smallUpTo + 1, { before: 'warm' })).toBe('warm');
    expect(tier(largeFrom - largeSlack + 1, { before: 'cold' })).toBe('cold');
    expect(tier(largeFrom - largeSlack, { before: 'cold' })).toBe('warm');
  });

  it('is settled after one decision, and the same within a band of sizes', () => {
    const any = fc.record({
      role: fc.constantFrom('host', 'co_host', 'participant'),
      sharing: fc.boolean(),
      before: fc.constantFrom('cold', 'warm', 'hot'),
    });
    const size = fc.integer({ min: 1, max: 2 * largeFrom });
    fc.assert(
      fc.property(any, size, size, (rest, participants, other) => {
        const { failover } = failoverTier({ ...rest, participants });
        expect(failoverTier({ ...rest, participants, before: failover }).failover).toBe(failover);
        fc.pre(sizeBand(participants) === sizeBand(other));
        expect(failoverTier({ ...rest, participants: other }).failover).toBe(failover);
      }),
    );
  });
});
