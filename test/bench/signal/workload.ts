/** What one attendee does next. `turnover`: leaves, and somebody else joins. */
export type Action = 'chat' | 'toggle' | 'turnover';

/**
 * How a lively meeting spends its requests: people write, and switch their microphones on and off; now and then
 * somebody goes and somebody comes.
 */
export const MIX: Readonly<Record<Action, number>> = { chat: 0.6, toggle: 0.38, turnover: 0.02 };

/** Events that everybody hears of one action. */
export const EVENTS_OF: Readonly<Record<Action, number>> = { chat: 1, toggle: 1, turnover: 2 };

/** An endless sequence in that mix, the same for the same seed. */
export function* actions(seed: number): Generator<Action, never> {
  const random = uniform(seed);
  for (;;) {
    const drawn = random();
    if (drawn < MIX.chat) yield 'chat';
    else if (drawn < MIX.chat + MIX.toggle) yield 'toggle';
    else yield 'turnover';
  }
}

/** Mulberry32: evenly spread over [0, 1), which is all that is asked of it. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
