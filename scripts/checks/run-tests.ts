import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../stack/paths.ts';
import { runStep, type StepResult } from './run-step.ts';

export type TestResult = StepResult & {
  readonly passedTests: number;
  readonly failedTests: number;
  /** One text for each failure: the test, then the beginning of what it said. */
  readonly failures: readonly string[];
};

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type Report = z.infer<typeof Report>;

/** Of what a failed test says; enough for an assertion and its difference. */
const FAILURE_LINES = 15;

/** Runs the tests of some of vitest's projects, and counts them. */
export async function runTests(
  name: string,
  projects: readonly string[],
  extraArguments: readonly string[] = [],
): Promise<TestResult> {
  const directory = mkdtempSync(path.join(tmpdir(), 'meridian-tests-'));
  const reportFile = path.join(directory, 'report.json');
  try {
    const result = await runStep(name, 'vitest', [
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      ...['--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`],
      ...extraArguments,
    ]);
    const counted = countTests(reportFile, result.passed);
    const unnamed = !result.passed && counted.failures.length === 0;
    // The report does not have them, only what was printed.
    const failures = unnamed
      ? [`${name}: outside of any test; see its output, under "Unhandled"`]
      : counted.failures;
    return { ...result, ...counted, failures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A run that broke before its tests, and a file that broke before its own, count as one failure. */
function countTests(reportFile: string, passed: boolean): Omit<TestResult, keyof StepResult> {
  const report = readReport(reportFile);
  if (report === undefined) return { passedTests: 0, failedTests: passed ? 0 : 1, failures: [] };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failedTests = report.numFailedTests + brokenFiles;
  return {
    passedTests: report.numPassedTests,
    // Errors outside of any test fail the run, too.
    failedTests: passed || failedTests > 0 ? failedTests : 1,
    failures: report.testResults.flatMap(failuresOf),
  };
}

function failuresOf(file: Report['testResults'][number]): string[] {
  const name = path.relative(ROOT, file.name);
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  if (file.status === 'failed' && failed.length === 0) return [`${name}\n${beginningOf(file.message ?? '')}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `${name} > ${fullName}\n${beginningOf((failureMessages ?? []).join('\n'))}`,
  );
}

function beginningOf(text: string): string {
  const lines = text.split('\n').slice(0, FAILURE_LINES);
  return lines.map((line) => `    ${line}`).join('\n');
}

function readReport(file: string): Report | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Last of all output, so that whoever sees only its end knows what failed. */
export function printFailures(runs: readonly TestResult[]): void {
  for (const failure of runs.flatMap((run) => run.failures)) console.log(`\nFAILED  ${failure}`);
}
