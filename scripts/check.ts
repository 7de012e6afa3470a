// npm run check: what to run before every commit. Under a minute.
import { quickChecks } from './checks/quick-checks.ts';
import { printSummary } from './checks/run-step.ts';
import { printFailures } from './checks/run-tests.ts';

const { steps, tests } = await quickChecks(process.argv.slice(2));
const results = [...steps, tests];
printSummary(results);
printFailures([tests]);
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
