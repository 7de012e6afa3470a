import { describe, expect, it } from 'vitest';
import { costOfDay, PRICES, UNITS } from './cost.ts';
import { clock, percent, within } from './format.ts';
import { readOptions } from './options.ts';
import { barChart, lineChart, niceTicks } from './svg.ts';

describe('costOfDay', () => {
  const usage = { participants: 1e6, meetings: 2e5, meetingNodes: 3e5, nodes: 100, cells: 2 };
  const dollars = (what: string, change: Partial<typeof usage> = {}) =>
    costOfDay({ ...usage, ...change }).find((line) => line.what === what)?.dollars ?? Number.NaN;

  it('follows the prices', () => {
    const rows = 1e6 * UNITS.rowsWrittenPerParticipant + 2e5 * UNITS.rowsWrittenPerMeeting;
    expect(dollars('Rooms: rows written')).toBeCloseTo(rows * PRICES.rowsWritten);
    // Two heartbeats a second of a hundred nodes, twenty for the price of one, and a report of each cell every other.
    expect(dollars('Cells and directory: requests')).toBeCloseTo(
      ((100 * 2 * 86_400) / 20 + 2 * 0.5 * 86_400) * PRICES.objectRequests,
    );
  });

  it('rises with people, not with people who do not come', () => {
    const total = (change: Partial<typeof usage>) =>
      costOfDay({ ...usage, ...change }).reduce((sum, line) => sum + line.dollars, 0);
    expect(total({ participants: 2e6 })).toBeGreaterThan(total({}));
    expect(
      costOfDay({ participants: 0, meetings: 0, meetingNodes: 0, nodes: 0, cells: 0 })
        .map(({ dollars }) => dollars)
        .filter((one) => one > 1),
    ).toEqual([]);
  });
});

describe('readOptions', () => {
  it('has defaults, and says what it does not understand', () => {
    expect(readOptions([])).toMatchObject({ meetings: 1e7, participants: 5e7, seed: 1 });
    expect(readOptions(['--seed', '7', '--exact', '20000'])).toMatchObject({ seed: 7, exact: 20_000 });
    expect(() => readOptions(['--meetings', 'many'])).toThrow('--meetings');
    expect(() => readOptions(['--participants', '10'])).toThrow('--participants');
    expect(() => readOptions(['--people', '10'])).toThrow();
  });
});

describe('formats', () => {
  it('are for people', () => {
    expect(clock(3_600 * 13 + 120)).toBe('13:02');
    expect(percent(0.1234)).toBe('12.3 %');
    expect(within({ value: 12_345, plusMinus: 67 }, 1_000)).toBe('12.3 ± 0.1');
  });
});

describe('pictures', () => {
  const axis = { label: 'x', max: 10, ticks: [0, 10], text: String };

  it('are well-formed, and put points where they belong', () => {
    const drawn = lineChart('<A & B>', axis, axis, [
      {
        name: 'a',
        points: [
          [0, 0],
          [10, 10],
        ],
      },
    ]);
    expect(drawn).toContain('points="64,280 744,36"');
    expect(drawn).toContain('&lt;A &amp; B>');
    expect(drawn.match(/<\w+/g)?.length).toBeGreaterThan(8);
    const bars = barChart('bars', [{ name: 'half', value: 5 }], axis, { at: 10, name: 'all' });
    expect(bars).toContain('width="250"');
  });

  it('have round ticks', () => {
    expect(niceTicks(18.3)).toEqual([0, 5, 10, 15, 20]);
    expect(niceTicks(1)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  });
});
