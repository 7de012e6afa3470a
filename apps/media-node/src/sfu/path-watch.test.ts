import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PEER } from '../config.ts';
import { PathWatch } from './path-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two transports that say what they are told to. */
function watch(attached: boolean) {
  const [send, recv] = [new EventEmitter(), new EventEmitter()];
  const seen = { lost: [] as string[], iceLost: 0, dtlsFailed: 0 };
  const watcher = new PathWatch({
    transports: [send, recv],
    attached: () => attached,
    lost: (reason) => seen.lost.push(reason),
    observe: {
      iceLost: () => {
        seen.iceLost += 1;
      },
      dtlsFailed: () => {
        seen.dtlsFailed += 1;
      },
    },
  });
  return { send, recv, seen, watcher };
}

describe.each([true, false])('a peer (socket there: %s) whose ICE is gone', (attached) => {
  test('keeps its place for a while', () => {
    const { send, seen } = watch(attached);
    send.emit('icestatechange', 'disconnected');
    vi.advanceTimersByTime(PEER.linger - 1);
    expect(seen).toMatchObject({ lost: [], iceLost: 1 });
    vi.advanceTimersByTime(1);
    expect(seen.lost).toHaveLength(1);
  });

  test('and keeps it for good when the path is back', () => {
    const { send, seen } = watch(attached);
    send.emit('icestatechange', 'disconnected');
    vi.advanceTimersByTime(PEER.linger / 2);
    send.emit('icestatechange', 'connected');
    send.emit('icestatechange', 'completed');
    vi.advanceTimersByTime(2 * PEER.linger);
    expect(seen.lost).toEqual([]);
  });
});

test('each transport has a path of its own', () => {
  const { send, recv, seen } = watch(true);
  send.emit('icestatechange', 'disconnected');
  recv.emit('icestatechange', 'completed');
  vi.advanceTimersByTime(PEER.linger);
  expect(seen.lost).toHaveLength(1);
});

test('a client that has gone and closed its side is let go at once', () => {
  const gone = watch(false);
  gone.recv.emit('dtlsstatechange', 'closed');
  expect(gone.seen.lost).toHaveLength(1);
  // One that is there closes and opens transports as it likes.
  const here = watch(true);
  here.recv.emit('dtlsstatechange', 'closed');
  here.recv.emit('dtlsstatechange', 'failed');
  expect(here.seen).toMatchObject({ lost: [], dtlsFailed: 1 });
});

test('nothing comes after its end', () => {
  const { send, seen, watcher } = watch(true);
  send.emit('icestatechange', 'disconnected');
  watcher.close();
  vi.advanceTimersByTime(2 * PEER.linger);
  expect(seen.lost).toEqual([]);
});
