/** The p-th quantile (0–1) by nearest rank. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The last line of a bench's output, to three decimals. A figure that could not be measured is no figure: throws
 * when one is not a finite number.
 */
export function printResult(bench: string, metrics: Record<string, number>): void {
  const broken = Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]));
  if (broken.length > 0) throw new Error(`could not be measured: ${broken.join(', ')}`);
  const rounded = Object.entries(metrics).map(([name, value]) => [name, Math.round(value * 1000) / 1000]);
  console.log(JSON.stringify({ bench, metrics: Object.fromEntries(rounded) }));
}
