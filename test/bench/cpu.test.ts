import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { cpuOfTree, parseStat, prioritise, treeOf } from './cpu.ts';

describe('parseStat', () => {
  it('is not misled by the name of the process', () => {
    const text = '4711 (odd) name (x) S 12 4711 4711 0 -1 4194304 1 2 3 4 150 50 7 8 20 0 11 0 100 1 1';
    expect(parseStat(text)).toEqual({ pid: 4711, parent: 12, cpuMs: 2_000 });
  });
});

describe('treeOf', () => {
  it('takes children and their children, and nobody else', () => {
    const stat = (pid: number, parent: number) => ({ pid, parent, cpuMs: 1 });
    const all = [stat(9, 4), stat(1, 0), stat(2, 1), stat(3, 1), stat(4, 2)];
    expect(treeOf(2, all).map(({ pid }) => pid)).toEqual([2, 4, 9]);
    expect(treeOf(7, all)).toEqual([]);
  });
});

describe('cpuOfTree', () => {
  it('grows with the work of a child', async () => {
    const before = cpuOfTree(process.pid);
    const busy =
      'const end = Date.now() + 150; while (Date.now() < end); process.send("done"); setInterval(() => {}, 1000);';
    const child = fork('-e', [busy], { execArgv: [] });
    try {
      await new Promise((resolve) => child.once('message', resolve));
      expect(cpuOfTree(process.pid) - before).toBeGreaterThanOrEqual(50);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses a process that is not there', () => {
    expect(() => cpuOfTree(2 ** 30)).toThrow('no process');
  });
});

describe('prioritise', () => {
  it('lets what is measured run first, as root, and else says that it cannot', () => {
    const child = fork('-e', ['setInterval(() => {}, 1000)'], { execArgv: [] });
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      prioritise({ measured: [child.pid ?? 0] });
      const policy = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[38];
      const isRoot = process.getuid?.() === 0;
      expect(policy === ROUND_ROBIN).toBe(isRoot);
      expect(print).toHaveBeenCalledTimes(isRoot ? 0 : 1);
    } finally {
      print.mockRestore();
      child.kill('SIGKILL');
    }
  });
});

/** SCHED_RR, as in field 41 of proc_pid_stat(5). */
const ROUND_ROBIN = '2';
