import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc/<pid>/stat tells (proc_pid_stat(5)). */
export type ProcessStat = { pid: number; parent: number; cpuMs: number };

/** USER_HZ, what times in /proc are counted in: 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export function parseStat(text: string): ProcessStat {
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}

/** The process and all below it. */
export function treeOf(root: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const found = processes.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...processes.filter(({ parent }) => parent === pid));
  return found;
}

/**
 * User and system time of a process and of everything below it, in milliseconds. Throws when it is not there:
 * what has died has used no CPU, and would win every comparison.
 */
export function cpuOfTree(root: number): number {
  const tree = treeOf(root, readProcesses());
  if (tree.length === 0) throw new Error(`there is no process ${root}`);
  return tree.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Who gets the CPU first: in production these are machines of their own, and wires, which wait for nobody. */
const RANKS = { wires: 3, measured: 2, load: 1 } as const;

/**
 * Lets processes, and all below them, run before everything else on the machine (round robin, sched(7)), so that what
 * else goes on does not appear in what is measured: neither in the measured nor in the pace of their load. Only root
 * may; for others it says that it could not.
 */
export function prioritise(ranked: Readonly<Partial<Record<keyof typeof RANKS, readonly number[]>>>): void {
  const processes = readProcesses();
  // The load first, as the others may be below what makes it.
  for (const rank of ['load', 'measured', 'wires'] as const) {
    for (const { pid } of (ranked[rank] ?? []).flatMap((root) => treeOf(root, processes))) {
      const command = ['--all-tasks', '--rr', '--pid', String(RANKS[rank]), String(pid)];
      const { status, stderr } = spawnSync('chrt', command, { encoding: 'utf8' });
      if (status === 0) continue;
      console.log(`no priority over other processes, keep the machine idle: ${stderr?.trim()}`);
      return;
    }
  }
}

function readProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))];
      } catch {
        // Gone since the directory was read.
        return [];
      }
    });
}
