// Runs the programs that set-up needs, and leaves none of them behind when set-up is interrupted.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SetupError } from './report.mjs';

const running = new Set();
/** Some tools say what is wrong first and explain at length, others stop right after saying it. */
const firstLinesKept = 12;
const lastLinesKept = 30;

/**
 * Each program leads a process group of its own, so that stopping it also stops what it started
 * (a build is a shell, ninja and compilers).
 */
export async function run(command, args, { cwd, env, onLine, timeout } = {}) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > firstLinesKept + lastLinesKept) lines.splice(firstLinesKept, 1);
      onLine?.(line);
    });
  }
  const timer = timeout === undefined ? undefined : setTimeout(() => stop(child, 'SIGKILL'), timeout);
  try {
    const outcome = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    if (outcome !== 0) {
      throw new SetupError(`${command} ${args.join(' ')} failed (${outcome})\n${lines.join('\n')}`);
    }
  } catch (error) {
    if (error.code === 'ENOENT') throw new SetupError(`${command} is not installed`);
    throw error;
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** The exit status of a short command whose output does not matter; null when it could not be run. */
export function exitStatus(command, args, options = {}) {
  return spawnSync(command, args, { stdio: 'ignore', ...options }).status;
}

export function stopEverything() {
  for (const child of running) stop(child, 'SIGTERM');
}

function stop(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}
