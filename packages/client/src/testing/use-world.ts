import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Meeting } from '../meeting.ts';
import type { JoinOptions } from '../types.ts';
import { FakeTrack } from './fake-track.ts';
import { World } from './world.ts';

/** A world and a meeting for each test of a file, and a look for timers that were left behind. */
export function useWorld(): {
  world: () => World;
  join: (options?: Partial<JoinOptions>) => Promise<Meeting>;
} {
  let world: World | undefined;
  let meeting: Meeting | undefined;
  const running = () => {
    if (!world) throw new Error('only inside a test');
    return world;
  };
  beforeEach(() => {
    vi.useFakeTimers();
    world = new World();
  });
  afterEach(async () => {
    const leaving = meeting?.leave();
    await running().pass(2_000);
    await leaving;
    meeting = undefined;
    expect(vi.getTimerCount(), 'timers left behind').toBe(0);
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  return {
    world: running,
    join: async (options) => {
      meeting = await running().join(options);
      return meeting;
    },
  };
}

export const microphone = () => new FakeTrack('audio');
export const camera = (width = 1280, height = 720) => new FakeTrack('video', { width, height });
