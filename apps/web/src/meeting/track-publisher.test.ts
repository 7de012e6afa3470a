import { expect, test, vi } from 'vitest';
import { TrackPublisher } from './track-publisher.ts';

const TRACK = {} as MediaStreamTrack;
const OTHER = {} as MediaStreamTrack;

test('does not publish again what the meeting has', async () => {
  const set = vi.fn(async () => undefined);
  const publisher = new TrackPublisher(set, TRACK);
  await publisher.publish(TRACK);
  expect(set).not.toHaveBeenCalled();
  await Promise.all([publisher.publish(OTHER), publisher.publish(OTHER)]);
  expect(set).toHaveBeenCalledOnce();
  await publisher.republish(OTHER);
  expect(set).toHaveBeenCalledTimes(2);
});

test('makes one change after the other, also after one that failed', async () => {
  const log: string[] = [];
  const publisher = new TrackPublisher(async (track) => {
    log.push(`begin ${track ? 'on' : 'off'}`);
    await Promise.resolve();
    log.push(`end ${track ? 'on' : 'off'}`);
    if (track) throw new Error('refused');
  }, null);
  const first = publisher.publish(TRACK);
  const second = publisher.publish(null);
  await expect(first).rejects.toThrow('refused');
  await second;
  expect(log).toEqual(['begin on', 'end on', 'begin off', 'end off']);
});
