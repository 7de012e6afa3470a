import type { Failover, Role } from '@meridian/protocol';
import { ROOM } from './config.ts';

export type TierFacts = {
  role: Role;
  /** Their screen is what all look at. */
  sharing: boolean;
  /** With a place in the meeting, themselves included. */
  participants: number;
  /** As decided before; `warm` for a newcomer. */
  before: Failover;
};

export type Tier = {
  failover: Failover;
  reason: 'presenter' | 'small_meeting' | 'usual' | 'large_audience';
};

/** How much is to be prepared for the loss of a participant's node. At the borders of size what was decided stays. */
export function failoverTier({ role, sharing, participants, before }: TierFacts): Tier {
  const { smallUpTo, smallSlack, largeFrom, largeSlack } = ROOM.tier;
  if (role !== 'participant' || sharing) return { failover: 'hot', reason: 'presenter' };
  if (participants <= smallUpTo + (before === 'hot' ? smallSlack : 0)) {
    return { failover: 'hot', reason: 'small_meeting' };
  }
  if (participants > largeFrom - (before === 'cold' ? largeSlack : 0)) {
    return { failover: 'cold', reason: 'large_audience' };
  }
  return { failover: 'warm', reason: 'usual' };
}

/** Between two sizes with the same answer nobody's tier changes. */
export function sizeBand(participants: number): number {
  const { smallUpTo, smallSlack, largeFrom, largeSlack } = ROOM.tier;
  return [smallUpTo, smallUpTo + smallSlack, largeFrom - largeSlack, largeFrom].filter(
    (border) => participants > border,
  ).length;
}
