import { parseArgs } from 'node:util';
import { runChaos } from './run.ts';

/** `npm run chaos -- --minutes 10 --seed 7`; without a seed it takes one of its own, and says which. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    headless: { type: 'string', default: '40' },
    browsers: { type: 'string', default: '3' },
  },
});
const number = (name: keyof typeof values): number => {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0)
    throw new Error(`--${name} must be a number, not "${values[name]}"`);
  return value;
};

const seed = number('seed');
console.log(`chaos for ${values.minutes} minutes, seed ${seed}`);
try {
  const { rounds, slowestMs } = await runChaos({
    minutes: number('minutes'),
    seed,
    headless: number('headless'),
    browsers: number('browsers'),
    echo: (line) => console.log(line),
  });
  console.log(`${rounds} rounds held; everybody was heard again after ${Math.round(slowestMs)} ms at most`);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
