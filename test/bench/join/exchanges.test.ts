import { describe, expect, it } from 'vitest';
import { sequentialRoundTrips } from './exchanges.ts';

const exchange = (name: string, start: number, end: number) => ({ name, start, end });
const names = (chain: { name: string }[]) => chain.map((one) => one.name);

describe('sequentialRoundTrips', () => {
  it('counts what has to follow', () => {
    const chain = sequentialRoundTrips(
      [exchange('a', 0, 10), exchange('b', 10, 20), exchange('c', 21, 30)],
      100,
    );
    expect(names(chain)).toEqual(['a', 'b', 'c']);
  });

  it('does not count what ran side by side', () => {
    const chain = sequentialRoundTrips(
      [exchange('a', 0, 10), exchange('b', 5, 20), exchange('c', 12, 18), exchange('d', 19, 25)],
      100,
    );
    expect(names(chain)).toEqual(['a', 'c', 'd']);
  });

  it('leaves out what came too late to matter', () => {
    expect(sequentialRoundTrips([exchange('a', 0, 10), exchange('b', 10, 90)], 50)).toHaveLength(1);
    expect(sequentialRoundTrips([], 50)).toEqual([]);
  });
});
