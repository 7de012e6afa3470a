/** A request and its answer, in milliseconds of one clock. */
export type Exchange = { name: string; start: number; end: number };

/**
 * The longest chain of exchanges in which each began after the one before it had ended: the round trips that
 * nothing could have done side by side. Only exchanges that ended by `until` count.
 */
export function sequentialRoundTrips(exchanges: readonly Exchange[], until: number): Exchange[] {
  const finished = exchanges.filter((one) => one.end <= until).sort((a, b) => a.end - b.end);
  const chains: Exchange[][] = [];
  for (const exchange of finished) {
    const before = chains
      .filter((chain) => (chain.at(-1)?.end ?? 0) <= exchange.start)
      .reduce<Exchange[]>((longest, chain) => (chain.length > longest.length ? chain : longest), []);
    chains.push([...before, exchange]);
  }
  return chains.reduce<Exchange[]>((longest, chain) => (chain.length > longest.length ? chain : longest), []);
}
