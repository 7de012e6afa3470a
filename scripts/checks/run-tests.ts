import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { runStep, type StepResult } from './run-step.ts';

export type TestResult = StepResult & { readonly passedTests: number; readonly failedTests: number };

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

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
    return { ...result, ...countTests(reportFile, result.passed) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A run that broke before its tests, and a file that broke before its own, count as one failure. */
function countTests(reportFile: string, passed: boolean): { passedTests: number; failedTests: number } {
  const report = readReport(reportFile);
  if (report === undefined) return { passedTests: 0, failedTests: passed ? 0 : 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failedTests = report.numFailedTests + brokenFiles;
  return {
    passedTests: report.numPassedTests,
    // Errors outside of any test fail the run, too.
    failedTests: passed || failedTests > 0 ? failedTests : 1,
  };
}

function readReport(file: string): z.infer<typeof Report> | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
