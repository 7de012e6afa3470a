import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NODE_MODULES } from '../stack/paths.ts';
import { REPORT_FILE_VARIABLE, TestReport } from './test-report.ts';

/** What vitest reports of these tests, run in a process of its own. */
async function reportOf(files: Readonly<Record<string, string>>): Promise<TestReport> {
  const directory = mkdtempSync(path.join(tmpdir(), 'meridian-reporter-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const reportFile = path.join(directory, 'report.json');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  const reporter = path.join(import.meta.dirname, 'test-reporter.ts');
  const args = ['run', '--globals', '--root', directory, `--reporter=${reporter}`];
  const env = { ...process.env, [REPORT_FILE_VARIABLE]: reportFile };
  // It ends with an error, as some tests fail; the report says which.
  await new Promise<void>((resolve) => {
    execFile(path.join(NODE_MODULES, '.bin/vitest'), args, { env, timeout: 60_000 }, () => resolve());
  });
  return TestReport.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
}

test('a report tells of failed tests, broken hooks and files, and errors that nobody caught', async () => {
  const { passedTests, failures } = await reportOf({
    'a.test.js': `
      test('passes', () => {});
      describe('two numbers', () => test('differ', () => expect(1).toBe(2)));`,
    'b.test.js': `
      describe('hooked', () => {
        beforeAll(() => { throw new Error('no hook'); });
        test('never runs', () => {});
      });`,
    'c.test.js': `throw new Error('no file');`,
    'd.test.js': `
      test('leaves something behind', () => new Promise((resolve) => {
        Promise.reject(new Error('nobody cares', { cause: new Error('because') }));
        setTimeout(resolve, 50);
      }));`,
  });
  expect(passedTests).toBe(2);
  const summary = failures.map(({ name, text }) => `${name}: ${text}`).sort();
  expect(summary).toHaveLength(4);
  expect(summary[0]).toMatch(
    /^Unhandled Rejection during .*d\.test\.js leaves .*: Error: nobody cares[\s\S]*because/,
  );
  expect(summary[1]).toMatch(/^a\.test\.js > two numbers > differ: AssertionError: expected 1 to be 2/);
  expect(summary[2]).toMatch(/^b\.test\.js > hooked: Error: no hook/);
  expect(summary[3]).toMatch(/^c\.test\.js: Error: no file/);
}, 90_000);
