/** As many as avatar.tsx has classes for. */
const TINTS = 6;

/** Which tint belongs to somebody: the same on every screen, spread evenly. */
export function tintOf(seed: string): number {
  let hash = 0;
  for (let index = 0; index < seed.length; index++) {
    hash = (Math.imul(hash, 31) + seed.charCodeAt(index)) >>> 0;
  }
  return hash % TINTS;
}
