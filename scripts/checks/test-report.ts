import { z } from 'zod';

/** Where a run of vitest leaves its report: the variable with the name of the file. */
export const REPORT_FILE_VARIABLE = 'MERIDIAN_TEST_REPORT';

/** What a run of vitest leaves for whoever started it. */
export const TestReport = z.object({
  passedTests: z.number(),
  failures: z.array(
    z.object({
      /** The test, or the part of a file, or what else went wrong. */
      name: z.string(),
      /** What was said, with its stack and its difference. */
      text: z.string(),
    }),
  ),
});
export type TestReport = z.infer<typeof TestReport>;
