import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { ManagedProcess } from './process.ts';

const shell = (script: string, more: { grace?: number; hide?: RegExp } = {}) => {
  const lines: string[] = [];
  const managed = new ManagedProcess({
    name: 'shell',
    command: '/bin/sh',
    args: ['-c', script],
    log: (_name, line) => lines.push(line),
    ...more,
  });
  return { managed, lines };
};

async function lineOf(lines: readonly string[]): Promise<string> {
  await expect.poll(() => lines[0]).toBeDefined();
  return lines[0] ?? '';
}

/** In a container nobody may collect the dead, so a zombie counts as gone. */
function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('a component', () => {
  it('is asked to stop', async () => {
    const { managed, lines } = shell(
      'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done',
    );
    await lineOf(lines);
    await managed.stop();
    expect(await managed.exited).toBe('exit code 0');
    expect(managed.running).toBe(false);
  });

  it('that does not listen is stopped all the same, with its children', async () => {
    const { managed, lines } = shell('trap "" TERM; sleep 60 & echo $!; wait; sleep 60', { grace: 100 });
    const child = Number(await lineOf(lines));
    expect(alive(child)).toBe(true);
    await managed.stop();
    expect(await managed.exited).toBe('SIGKILL');
    await expect.poll(() => alive(child)).toBe(false);
  });

  it('that ended by itself leaves no children', async () => {
    const { managed, lines } = shell('sleep 60 & echo $!');
    const child = Number(await lineOf(lines));
    await managed.exited;
    await managed.stop();
    await expect.poll(() => alive(child)).toBe(false);
  });

  it('shows the end of its output, also what the log leaves out', async () => {
    const { managed, lines } = shell('echo noise; echo signal', { hide: /noise/ });
    await managed.exited;
    await expect.poll(() => managed.lastLines()).toBe('  shell | noise\n  shell | signal');
    expect(lines).toEqual(['signal']);
  });

  it('that cannot be started says so', async () => {
    const managed = new ManagedProcess({ name: 'none', command: '/does/not/exist', args: [], log: () => {} });
    expect(await managed.exited).not.toBe('exit code 0');
    await managed.stop();
  });

  it('does not outlive us when we are killed', async () => {
    const script = `
      import { ManagedProcess } from ${JSON.stringify(path.join(import.meta.dirname, 'process.ts'))};
      new ManagedProcess({ name: 'child', command: '/bin/sh', args: ['-c', 'echo $$; exec sleep 60'],
        log: (name, line) => console.log(line) });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    parent.kill('SIGKILL');
    await expect.poll(() => alive(Number(line))).toBe(false);
  });
});
