import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VIDEO } from '../config.ts';
import { Audience } from './audience.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Who has begun, in that order. */
function watch(audience: Audience) {
  const begun: string[] = [];
  const arrive = (receiver: { name: string }) =>
    void audience.arrive(receiver).then(() => begun.push(receiver.name));
  return { begun, arrive };
}

const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => ({ name })) as [
  { name: string },
  { name: string },
  { name: string },
];

describe('the first receivers of a video', () => {
  it('begin together', async () => {
    const audience = new Audience(null);
    const { begun, arrive } = watch(audience);
    audience.come(ada);
    audience.come(bob);
    arrive(ada);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor / 2);
    expect(begun).toEqual([]);
    arrive(bob);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['ada', 'bob']);
  });

  it('do not wait for somebody slow, nor for somebody who goes', async () => {
    const slow = new Audience(null);
    const first = watch(slow);
    slow.come(ada);
    slow.come(bob);
    first.arrive(ada);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor);
    expect(first.begun).toEqual(['ada']);

    const left = new Audience(null);
    const second = watch(left);
    left.come(ada);
    left.come(bob);
    second.arrive(ada);
    left.leave(bob);
    await vi.advanceTimersByTimeAsync(0);
    expect(second.begun).toEqual(['ada']);
  });

  it('of a stream that comes over after it was prepared wait for those who come with it', async () => {
    const audience = new Audience(null);
    await vi.advanceTimersByTimeAsync(10 * VIDEO.gatherFor);
    let here = false;
    audience.expectOthers(() => here);
    const { begun, arrive } = watch(audience);
    arrive(ada);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor / 2);
    expect(begun).toEqual([]);
    here = true;
    arrive(bob);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['ada', 'bob']);
  });

  it('keep nobody who comes later waiting', async () => {
    const audience = new Audience(null);
    const { begun, arrive } = watch(audience);
    audience.come(ada);
    arrive(ada);
    await vi.advanceTimersByTimeAsync(0);
    audience.come(bob);
    audience.come(eve);
    arrive(eve);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['ada', 'eve']);
  });

  it('wait for those who follow a stream that was elsewhere', async () => {
    const audience = new Audience(() => false);
    const { begun, arrive } = watch(audience);
    audience.come(ada);
    arrive(ada);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor / 2);
    audience.come(bob);
    expect(begun).toEqual([]);
    arrive(bob);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor / 2);
    expect(begun).toEqual(['ada', 'bob']);
  });
  it('begin at once when nobody can follow any more', async () => {
    let here = false;
    const audience = new Audience(() => here);
    const { begun, arrive } = watch(audience);
    audience.come(ada);
    audience.come(bob);
    arrive(ada);
    await vi.advanceTimersByTimeAsync(VIDEO.gatherFor / 2);
    here = true;
    arrive(bob);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['ada', 'bob']);
  });
});
