import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

describe('the lock between set-ups', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'meridian-lock-'));
  const lockFile = (name: string) => path.join(directory, 'below', name);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(lockFile('many'), work)));
    expect(most).toBe(1);
  });

  it('hands on what the work answers, and is free again when the work throws', async () => {
    expect(await withLock(lockFile('throws'), async () => 42)).toBe(42);
    const failing = withLock(lockFile('throws'), async () => {
      throw new Error('no luck');
    });
    await expect(failing).rejects.toThrow('no luck');
    expect(await withLock(lockFile('throws'), async () => 'free')).toBe('free');
  });

  it('says that it waits, and is free when its holder is killed', async () => {
    const script = `
      import { withLock } from ${JSON.stringify(path.join(import.meta.dirname, 'lock.mjs'))};
      await withLock(${JSON.stringify(lockFile('killed'))}, () => {
        console.log('inside');
        return new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await once(holder.stdout, 'data');
    let waited = false;
    const entered = withLock(
      lockFile('killed'),
      async () => 'entered',
      () => {
        waited = true;
        holder.kill('SIGKILL');
      },
    );
    expect(await entered).toBe('entered');
    expect(waited).toBe(true);
  });
});
