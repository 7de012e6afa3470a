import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe('inParallel', () => {
  it('does all of it in order, never more than so many at once', async () => {
    const begun: number[] = [];
    let now = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      now += 1;
      most = Math.max(most, now);
      await tick();
      now -= 1;
    });
    expect([begun, most, now]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3, 0]);
  });

  it('begins no more after a failure, and says what it was', async () => {
    const begun: number[] = [];
    const work = inParallel([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      await tick();
      if (item === 1) throw new Error('the first');
    });
    await expect(work).rejects.toThrow('the first');
    await tick();
    expect(begun.slice(0, 2)).toEqual([1, 2]);
    expect(begun).not.toContain(4);
  });

  it('of nothing is nothing', async () => {
    await inParallel([], 5, () => Promise.reject(new Error('there is no item')));
  });
});
