import { expect, it } from 'vitest';
import { runChaos } from './run.ts';

const SEED = 1;

it('a worldwide meeting holds through two minutes of faults', async () => {
  const { rounds } = await runChaos({ minutes: 2, seed: SEED });
  expect(rounds).toBeGreaterThan(5);
});
