/** The p-th quantile (0–1) by nearest rank. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1));
  return sorted[at] ?? Number.NaN;
}

/** The last line of a bench's output. */
export function printResult(bench: string, metrics: Record<string, number>): void {
  const rounded = Object.entries(metrics).map(([name, value]) => [name, Math.round(value * 100) / 100]);
  console.log(JSON.stringify({ bench, metrics: Object.fromEntries(rounded) }));
}
