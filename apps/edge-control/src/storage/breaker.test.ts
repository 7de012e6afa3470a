import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

function setUp() {
  let time = 0;
  let calls = 0;
  const breaker = new Breaker('it', 3, 1_000);
  const run = (outcome: 'ok' | 'fault' | 'refusal') =>
    breaker.run(
      async () => {
        calls++;
        if (outcome !== 'ok') throw new Error(outcome);
        return calls;
      },
      (error) => error instanceof Error && error.message === 'fault',
      () => time,
    );
  return {
    run,
    calls: () => calls,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

describe('Breaker', () => {
  it('asks no more after faults in a row, tries once after a rest, and closes when that works', async () => {
    const { run, calls, pass } = setUp();
    for (let i = 0; i < 3; i++) await expect(run('fault')).rejects.toThrow('fault');
    await expect(run('ok')).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
    expect(calls()).toBe(3);
    pass(1_000);
    const trying = run('ok');
    await expect(run('ok')).rejects.toMatchObject({ code: 'overloaded' });
    expect(await trying).toBe(4);
    expect(await run('ok')).toBe(5);
  });

  it('rests again when the trial fails', async () => {
    const { run, pass } = setUp();
    for (let i = 0; i < 3; i++) await run('fault').catch(() => {});
    pass(1_000);
    await expect(run('fault')).rejects.toThrow('fault');
    await expect(run('ok')).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('counts faults in a row only, and no answers', async () => {
    const { run, calls } = setUp();
    for (const outcome of ['fault', 'fault', 'ok', 'fault', 'fault', 'refusal', 'fault', 'fault'] as const) {
      await run(outcome).catch(() => {});
    }
    expect(await run('ok')).toBe(9);
    expect(calls()).toBe(9);
  });
});
