import type { mediaRpc } from '@meridian/protocol';
import { AUDIBLE_DBOV } from './config.ts';
import type { Levels } from './types.ts';

export const NO_LEVELS: Levels = new Map();

/** Decibels as a fraction of what voices span, since that is how loudness is perceived. Pure. */
export function levelsOf(levels: mediaRpc.Speakers['levels']): Levels {
  return new Map(levels.map(({ participant_id, level }) => [participant_id, fraction(level)]));
}

function fraction(dBov: number): number {
  const { silent, loud } = AUDIBLE_DBOV;
  return Math.min(1, Math.max(0, (dBov - silent) / (loud - silent)));
}
