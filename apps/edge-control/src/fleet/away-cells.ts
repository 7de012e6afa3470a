import { CONFIG } from '../config.ts';

/**
 * Cells that lately did not answer this isolate: they are passed over for a while, so that one that hangs costs the
 * first joiner its timeout and not everybody.
 */
const until = new Map<string, number>();

export function noteAway(cell: string, now: number): void {
  until.set(cell, now + CONFIG.placement.awayMs);
}

export function isAway(cell: string, now: number): boolean {
  return (until.get(cell) ?? 0) > now;
}

/** Those that are not to be asked now; there are never more than the fleet has cells. */
export function awayCells(now: number): Set<string> {
  for (const [cell, end] of until) if (end <= now) until.delete(cell);
  return new Set(until.keys());
}
