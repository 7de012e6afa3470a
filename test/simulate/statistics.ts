/** A figure with the half-width of its 95 % confidence interval. */
export type Estimate = { value: number; plusMinus: number };

/** Those that are told of distances. */
export const QUANTILES = [0.5, 0.95, 0.99] as const;

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/**
 * The mean of a figure over batches of meetings, each batch a sample of its own: within a meeting people are alike, so
 * they cannot be taken for independent, but meetings can. Throws a RangeError for fewer than two batches.
 */
export function batchMeans(batches: readonly number[]): Estimate {
  const n = batches.length;
  if (n < 2) throw new RangeError('an interval takes two batches');
  const value = sum(batches) / n;
  const variance = sum(batches.map((one) => (one - value) ** 2)) / (n - 1);
  return { value, plusMinus: studentT(n - 1) * Math.sqrt(variance / n) };
}

/** The 97.5 % point of Student's distribution (Cornish-Fisher expansion): within 0.5 % from 5 degrees of freedom on. */
export function studentT(freedom: number): number {
  const z = 1.959_964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}

/** The quantile of a histogram whose bins are `width` wide, as the middle of the bin it falls into. */
export function histogramQuantile(bins: ArrayLike<number>, width: number, quantile: number): number {
  const total = sum(Array.from(bins));
  let seen = 0;
  for (let bin = 0; bin < bins.length; bin++) {
    seen += bins[bin] ?? 0;
    if (seen >= quantile * total && seen > 0) return (bin + 0.5) * width;
  }
  return Number.NaN;
}

/** The quantile of a list of values. */
export function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? Number.NaN;
}

export function scaled({ value, plusMinus }: Estimate, factor: number): Estimate {
  return { value: value * factor, plusMinus: plusMinus * factor };
}
