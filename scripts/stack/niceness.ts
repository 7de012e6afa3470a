import { writeFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Has a process, and what it starts from now on, stand back for others (nice(1)). It has to lead a session of its own:
 * where the kernel shares time out between sessions (sched(7), autogroup), niceness counts within one, and the session
 * has a niceness itself.
 */
export function standBack(pid: number, niceness: number): void {
  os.setPriority(pid, niceness);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // A kernel without autogroups, where the niceness of the process is all there is.
  }
}
