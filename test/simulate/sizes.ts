/** Sizes of meetings: heavy-tailed, with few large ones. */
export type Sizes = {
  mean: number;
  /** A size for a number from 0 up to 1. */
  draw: (chance: number) => number;
};

/**
 * A power law over the whole numbers from `smallest` to `largest` (P(n) ∝ n^-a), with the exponent that gives this
 * mean. Throws a RangeError when none does.
 */
export function powerLawSizes(mean: number, smallest: number, largest: number): Sizes {
  if (!(mean > smallest && mean < (smallest + largest) / 2)) {
    throw new RangeError(`no power law from ${smallest} to ${largest} has a mean of ${mean}`);
  }
  let [flat, steep] = [0, 20];
  for (let step = 0; step < 60; step++) {
    const middle = (flat + steep) / 2;
    if (meanOf(weightsFor(middle, smallest, largest), smallest) > mean) flat = middle;
    else steep = middle;
  }
  const weights = weightsFor(steep, smallest, largest);
  const draw = drawer(weights);
  return { mean: meanOf(weights, smallest), draw: (chance) => smallest + draw(chance) };
}

/** Answers, for a number from 0 up to 1, an index with the probability its weight has among all. */
export function drawer(weights: readonly number[]): (chance: number) => number {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (const [i, weight] of weights.entries()) {
    total += weight;
    sums[i] = total;
  }
  return (chance) => {
    const wanted = chance * total;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function weightsFor(exponent: number, smallest: number, largest: number): number[] {
  return Array.from({ length: largest - smallest + 1 }, (_, i) => (smallest + i) ** -exponent);
}

function meanOf(weights: readonly number[], smallest: number): number {
  let [total, sum] = [0, 0];
  for (const [i, weight] of weights.entries()) {
    total += weight;
    sum += weight * (smallest + i);
  }
  return sum / total;
}
