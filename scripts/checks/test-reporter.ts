import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { REPORT_FILE_VARIABLE, type TestReport } from './test-report.ts';

type Failure = TestReport['failures'][number];

/**
 * Counts tests, and collects all that failed: tests, what surrounds them (a file that does not load, a hook that throws),
 * and errors that nobody caught, which vitest's own JSON report leaves out.
 */
export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const file = process.env[REPORT_FILE_VARIABLE];
    if (file === undefined) throw new Error(`${REPORT_FILE_VARIABLE} has to name the report’s file`);
    const report: TestReport = {
      passedTests: modules.reduce((sum, module) => sum + [...module.children.allTests('passed')].length, 0),
      failures: [...modules.flatMap(failuresOf), ...unhandledErrors.map(unhandled)],
    };
    writeFileSync(file, JSON.stringify(report));
  }
}

function failuresOf(module: TestModule): Failure[] {
  const named = (name: string, errors: readonly SerializedError[]): Failure => ({
    name: `${module.relativeModuleId}${name}`,
    text: errors.map(textOf).join('\n'),
  });
  const suites = [...module.children.allSuites()].map((suite) => ({
    name: ` > ${suite.fullName}`,
    errors: suite.errors(),
  }));
  return [
    ...[{ name: '', errors: module.errors() }, ...suites]
      .filter(({ errors }) => errors.length > 0)
      .map(({ name, errors }) => named(name, errors)),
    ...[...module.children.allTests('failed')].map((test) =>
      named(` > ${test.fullName}`, test.result().errors ?? []),
    ),
  ];
}

/** vitest says with such an error which test ran then; that test need not be the one that caused it. */
function unhandled(error: SerializedError): Failure {
  const during = [error.VITEST_TEST_PATH, error.VITEST_TEST_NAME].filter((part) => typeof part === 'string');
  const name = [`${error.type ?? 'Unhandled error'}`, ...(during.length > 0 ? ['during', ...during] : [])];
  return { name: name.join(' '), text: textOf(error) };
}

function textOf(error: SerializedError): string {
  const cause = error.cause === undefined ? '' : `\ncaused by ${textOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
