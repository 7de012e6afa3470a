import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../stack/paths.ts';
import { runStep, type StepResult } from './run-step.ts';
import { REPORT_FILE_VARIABLE, TestReport } from './test-report.ts';

const REPORTER = path.join(ROOT, 'scripts/checks/test-reporter.ts');

export type TestResult = StepResult & {
  readonly passedTests: number;
  readonly failures: TestReport['failures'];
};

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
    const result = await runStep(
      name,
      'vitest',
      [
        'run',
        ...projects.flatMap((project) => ['--project', project]),
        ...['--passWithNoTests', '--reporter=default', `--reporter=${REPORTER}`],
        ...extraArguments,
      ],
      { [REPORT_FILE_VARIABLE]: reportFile },
    );
    return { ...result, ...readReport(name, reportFile, result.passed) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A run that failed has at least one failure, whether or not it came as far as its report. */
function readReport(name: string, file: string, passed: boolean): TestReport {
  const report = existsSync(file)
    ? TestReport.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { passedTests: 0, failures: [] };
  if (passed || report.failures.length > 0) return report;
  return { ...report, failures: [{ name, text: 'ended without saying what failed; see its output' }] };
}

/** Last of all output, so that whoever sees only its end knows what failed. */
export function printFailures(runs: readonly TestResult[]): void {
  for (const { name, text } of runs.flatMap((run) => run.failures)) {
    console.log(`\nFAILED  ${name}\n${beginningOf(text)}`);
  }
}

function beginningOf(text: string): string {
  const lines = text.split('\n').slice(0, FAILURE_LINES);
  return lines.map((line) => `    ${line}`).join('\n');
}
