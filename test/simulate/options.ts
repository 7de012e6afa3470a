import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ASSUMPTIONS } from './assumptions.ts';

const Options = z
  .object({
    meetings: z.coerce.number().int().positive(),
    participants: z.coerce.number().int().positive(),
    seed: z.coerce.number().int(),
    exact: z.coerce.number().int().min(10_000),
  })
  .refine(({ meetings, participants }) => participants / meetings > ASSUMPTIONS.meetings.smallest, {
    message: `a meeting has more than ${ASSUMPTIONS.meetings.smallest} participants on average`,
    path: ['participants'],
  });
export type Options = z.infer<typeof Options>;

/** Of the command line. Throws an error that says what is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      /** At the busiest moment of the day, in the world. */
      meetings: { type: 'string', default: '10000000' },
      participants: { type: 'string', default: '50000000' },
      seed: { type: 'string', default: '1' },
      /** Participants simulated one by one. */
      exact: { type: 'string', default: '1600000' },
    },
  });
  const parsed = Options.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
}
