import { expect, test } from 'vitest';
import { SFU } from '../config.ts';
import { nextRestart, type RestartState } from './worker-restart.ts';

test('a worker is back at once, one that keeps dying ever later, up to a bound', () => {
  let state: RestartState = nextRestart(null, 10);
  const delays = [state.delay];
  for (let death = 0; death < 10; death += 1) {
    state = nextRestart(state, 10);
    delays.push(state.delay);
  }
  const { workerRestartMin: min, workerRestartMax: max } = SFU;
  expect(delays.slice(0, 4)).toEqual([0, min, 2 * min, 4 * min]);
  expect(delays.at(-1)).toBe(max);
});

test('a good life makes up for what was before', () => {
  const ill = nextRestart(nextRestart(null, 0), 0);
  expect(ill.delay).toBeGreaterThan(0);
  expect(nextRestart(ill, SFU.workerGoodLife)).toEqual({ quick: 0, delay: 0 });
});
