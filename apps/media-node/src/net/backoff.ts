/**
 * Milliseconds to wait before try number `attempt` (from 0): full jitter under a doubling bound, so that a
 * fleet that lost the same room does not come back in one wave.
 */
export function backoff(attempt: number, min: number, max: number, random: () => number): number {
  const bound = Math.min(max, min * 2 ** Math.min(attempt, 30));
  return min + random() * Math.max(0, bound - min);
}
