import { expect, it } from 'vitest';
import { runChaos } from './run.ts';

const SEED = 1;
/**
 * Where this runs, others may run as well, and a process that gets no time is late without being wrong. What comes
 * back late is waited for; what must never be is found all the same.
 */
const PATIENCE = { heard: 20_000, agreed: 60_000, released: 150_000 };

it('a worldwide meeting holds through two minutes of faults', async () => {
  const { rounds } = await runChaos({ minutes: 2, seed: SEED, patience: PATIENCE });
  expect(rounds).toBeGreaterThan(3);
});
