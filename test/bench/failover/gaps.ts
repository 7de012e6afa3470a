/** A frame on screen: when (milliseconds of a clock that all pages share), and how wide the picture was. */
export type ShownFrame = { at: number; width: number };

export type PictureGap = {
  /** From the last frame before the picture stood still to the first one after, milliseconds. */
  gap: number;
  /** From the fault to the first frame as wide as before that came another way, milliseconds; NaN: there was none. */
  fullAfter: number;
};

/** What was on its way when the fault came has been shown by then, and nothing else comes from there. Milliseconds. */
const ON_ITS_WAY = 500;

/**
 * The longest time between two neighbours that ends after `since` and begins before `until`; and the neighbours. Null
 * when nothing came after.
 */
export function longestGap(
  times: readonly number[],
  since: number,
  until = Number.POSITIVE_INFINITY,
): { from: number; to: number } | null {
  let longest: { from: number; to: number } | null = null;
  for (const [index, to] of times.entries()) {
    const from = times[index - 1];
    if (from === undefined || to < since || from > until) continue;
    if (longest === null || to - from > longest.to - longest.from) longest = { from, to };
  }
  return longest;
}

/**
 * What a fault did to one picture. Null when it did not come back, or stood still at `end` again: no frame in the
 * last `stillMs`.
 */
export function pictureGap(
  frames: readonly ShownFrame[],
  { faultAt, end, stillMs }: { faultAt: number; end: number; stillMs: number },
): PictureGap | null {
  const times = frames.map((frame) => frame.at);
  const gap = longestGap(times, faultAt);
  // There may be a longer one later, when this was hardly one.
  const change = longestGap(times, faultAt, faultAt + ON_ITS_WAY);
  const last = frames.at(-1);
  const before = frames.findLast((frame) => frame.at < faultAt);
  if (!gap || !change || !before || !last || last.at < end - stillMs) return null;
  const full = frames.find((frame) => frame.at >= change.to && frame.width >= before.width);
  return { gap: gap.to - gap.from, fullAfter: full === undefined ? Number.NaN : full.at - faultAt };
}

/** What a fault did to one voice, milliseconds. Null when it did not come back. */
export function soundGap(
  sounds: readonly number[],
  { faultAt, end, stillMs }: { faultAt: number; end: number; stillMs: number },
): number | null {
  const gap = longestGap(sounds, faultAt);
  const last = sounds.at(-1);
  if (gap === null || last === undefined || last < end - stillMs) return null;
  return gap.to - gap.from;
}

/** How many of `said` were not heard, and how many of `heard` were heard again. */
export function lostOrDoubled(said: readonly string[], heard: readonly string[]): number {
  const lost = said.filter((text) => !heard.includes(text)).length;
  return lost + heard.length - new Set(heard).size;
}
