/**
 * The layer that a receiver gets, or would get if there were others, when its path does not carry the one it is to
 * have; null: it has that. `current`: the one it receives, null for none. `single`: only one layer comes here at all.
 */
export function fallbackLayer(wished: number, current: number | null, single: boolean): number | null {
  if (wished === 0) return null;
  if (current === null) return 0;
  return !single && current < wished ? current : null;
}
