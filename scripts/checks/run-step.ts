import { spawn } from 'node:child_process';
import path from 'node:path';
import { NODE_MODULES, ROOT } from '../stack/paths.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StepResult = { readonly name: string; readonly passed: boolean; readonly seconds: number };

/** Runs a tool of the project with its output on ours. */
export async function runStep(
  name: string,
  tool: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<StepResult> {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const child = spawn(path.join(NODE_MODULES, '.bin', tool), args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  // The terminal's Ctrl-C reaches the tool by itself; a plain kill reaches only us.
  const interrupt = (signal: NodeJS.Signals) => {
    child.kill(signal);
    child.once('exit', () => process.exit(130));
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const passed = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.once('exit', (code) => resolve(code === 0));
  });
  for (const signal of SIGNALS) process.off(signal, interrupt);
  return { name, passed, seconds: (performance.now() - started) / 1000 };
}

export function printSummary(results: readonly StepResult[]): void {
  console.log('');
  for (const { name, passed, seconds } of results) {
    console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
  }
}
