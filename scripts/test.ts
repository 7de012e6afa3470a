// npm test: everything. Arguments go to vitest, so that `npm test -- chat` runs the files with that in their name.
import { quickChecks } from './checks/quick-checks.ts';
import { printSummary } from './checks/run-step.ts';
import { printFailures, runTests } from './checks/run-tests.ts';

const extraArguments = process.argv.slice(2);
const { steps, tests: unit } = await quickChecks(extraArguments);
const integration = await runTests('integration', ['integration'], extraArguments);
const endToEnd = await runTests('end to end', ['e2e'], extraArguments);

const chaos = await runTests('chaos', ['chaos'], extraArguments);

const runs = [unit, integration, endToEnd, chaos];
const results = [...steps, ...runs];
printSummary(results);
process.exitCode = results.every((result) => result.passed) ? 0 : 1;

printFailures(runs);

const passed = runs.reduce((sum, run) => sum + run.passedTests, 0);
const failed = runs.reduce((sum, run) => sum + run.failures.length, 0);
console.log(`\n${passed} passed, ${failed} failed`);
