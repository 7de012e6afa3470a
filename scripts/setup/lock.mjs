// A lock between set-ups. The kernel holds it (flock), for as long as the holder lives: one that is killed
// leaves nothing behind that somebody would have to judge and clean up.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './report.mjs';

/**
 * Runs `work` while no other process holds `file`. `onWait` is called if another one has it.
 *
 * Node has no flock, so a small shell holds the lock. It ends when its standard input closes, which
 * happens when we let go and also when we die, however we die.
 */
export async function withLock(file, work, onWait = () => {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    // A group of its own: a Ctrl-C at the terminal must not take the lock away before the work has stopped.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting = setTimeout(onWait, 300);
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('error', () =>
        reject(new SetupError('flock (Debian package util-linux) is not installed')),
      );
      holder.once('exit', () => reject(new SetupError(`cannot lock ${file}`)));
    });
  } finally {
    clearTimeout(waiting);
  }
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
