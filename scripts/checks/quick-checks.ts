import { runStep, type StepResult } from './run-step.ts';
import { runTests, type TestResult } from './run-tests.ts';

export type QuickChecks = { readonly steps: readonly StepResult[]; readonly tests: TestResult };

/** Types, lint and format, and the tests that need nothing but Node and workerd. All run, whatever fails. */
export async function quickChecks(extraArguments: readonly string[] = []): Promise<QuickChecks> {
  const types = await runStep('types', 'tsc', ['-b']);
  const lint = await runStep('lint and format', 'biome', ['check', '--error-on-warnings']);
  const tests = await runTests('unit tests', ['unit', 'edge', 'edge-http'], extraArguments);
  return { steps: [types, lint], tests };
}
