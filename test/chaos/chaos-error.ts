import type { Timeline } from './timeline.ts';

/** Lines of faults in an error, and faults in a line of the timeline. */
const SHOWN = { lines: 30, inShort: 6 };

/** Something did not hold. The message has the seed, what it was, and all that happened before. */
export class ChaosError extends Error {
  constructor(faults: readonly string[], seed: number, timeline: Timeline) {
    const shown = limited(faults, SHOWN.lines).map((line) => `  ${line}`);
    super([`with seed ${seed}:`, ...shown, 'what happened:', String(timeline)].join('\n'));
    this.name = 'ChaosError';
  }
}

export function inShort(faults: readonly string[]): string {
  return limited(faults, SHOWN.inShort).join('; ');
}

function limited(lines: readonly string[], limit: number): string[] {
  const more = lines.length - limit;
  return [...lines.slice(0, limit), ...(more > 0 ? [`… and ${more} more`] : [])];
}
