/** A frame of the barcode camera and when it was shown, milliseconds of some clock. */
export type Shown = { frame: number; at: number };

/**
 * How much later than in `reference` the same frames were shown in `other`. The camera plays its frames in a loop,
 * so the same frame is the showing nearest in time; one that is not within half a loop was not shown there.
 */
export function delays(reference: readonly Shown[], other: readonly Shown[], loopMs: number): number[] {
  const showings = new Map<number, number[]>();
  for (const { frame, at } of firstShown(reference)) {
    showings.set(frame, [...(showings.get(frame) ?? []), at]);
  }
  return firstShown(other).flatMap(({ frame, at }) => {
    const differences = (showings.get(frame) ?? []).map((before) => at - before);
    const nearest = differences.reduce(
      (best, one) => (Math.abs(one) < Math.abs(best) ? one : best),
      Number.POSITIVE_INFINITY,
    );
    return Math.abs(nearest) < loopMs / 2 ? [nearest] : [];
  });
}

/** A frame may be painted twice. */
function firstShown(shown: readonly Shown[]): Shown[] {
  return shown.filter(({ frame }, index) => frame !== shown[index - 1]?.frame);
}
