import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

/** The layers that were switched on last of each call, from the smallest. */
const switched = () => {
  const onSender = vi.spyOn(FakeHandler.prototype, 'setMaxSpatialLayer');
  return () => onSender.mock.calls.map(([, highest]) => highest + 1);
};

describe('a camera of which the node says what is watched', () => {
  it('encodes no more than that, and again what is watched again', async () => {
    const world = start();
    const counts = switched();
    const replaced = vi.spyOn(FakeHandler.prototype, 'replaceTrack');
    const meeting = await join({ microphone: microphone(), camera: camera() });
    const tracks = replaced.mock.calls.length;
    for (const layers of [1, 0, 3]) {
      world.node.send({ type: 'publish_layers', source: 'camera', layers });
      await world.pass(20);
    }
    expect(counts()).toEqual([1, 0, 3]);
    // It is no pause: neither the track nor anybody's idea of what is on changes.
    expect(replaced.mock.calls.length).toBe(tracks);
    expect(meeting.snapshot.self.video).toBe(true);
    expect(world.node.published.get('camera')?.paused).toBe(false);
    expect(world.node.count('pause') + world.node.count('resume')).toBe(0);
  });

  it('stays away, and its owner muted, when a late word says that more is watched', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone(), camera: camera() });
    const withdrawn = Promise.all([meeting.mute(), meeting.setCamera(null)]);
    await world.pass(50);
    await withdrawn;
    const [replaced, sent] = [
      vi.spyOn(FakeHandler.prototype, 'replaceTrack'),
      vi.spyOn(FakeHandler.prototype, 'send'),
    ];
    for (const source of ['camera', 'microphone']) {
      world.node.send({ type: 'publish_layers', source, layers: 3 });
    }
    await world.pass(50);
    expect([replaced.mock.calls, sent.mock.calls]).toEqual([[], []]);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
    expect(world.node.published.has('camera')).toBe(false);
  });

  it('is sent in full when it is published anew', async () => {
    const world = start();
    const sent = vi.spyOn(FakeHandler.prototype, 'send');
    const meeting = await join({ camera: camera() });
    world.node.send({ type: 'publish_layers', source: 'camera', layers: 0 });
    await world.pass(20);
    const again = meeting.setCamera(camera(640, 360));
    await world.pass(50);
    await again;
    expect(sent).toHaveBeenCalledTimes(2);
    const encodings = sent.mock.calls.at(-1)?.[0].encodings ?? [];
    expect(encodings.map(({ active }) => active)).toEqual([true, true]);
  });

  it('goes on when it is turned, whatever is watched then', async () => {
    const world = start();
    const track = camera();
    await join({ camera: track });
    const sent = vi.spyOn(FakeHandler.prototype, 'send');
    track.resize(640, 360);
    for (const layers of [1, 3]) {
      world.node.send({ type: 'publish_layers', source: 'camera', layers });
      await world.pass(20);
    }
    expect(sent).not.toHaveBeenCalled();
    expect(world.node.count('close_producer')).toBe(0);
  });

  it.each([
    ['is sent at the next node when that says so', true],
    ['is sent there after a while if it says nothing', false],
  ])('%s', async (_, told) => {
    const world = start();
    const counts = switched();
    await join({ camera: camera() });
    world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
    await world.pass(20);
    const sent = vi.spyOn(FakeHandler.prototype, 'send');
    world.network.cut(NODE_URL);
    await world.pass(500);
    const encodings = sent.mock.calls.at(-1)?.[0].encodings ?? [];
    expect(encodings.map(({ active }) => active)).toEqual([false, false, false]);
    expect(world.node.messages.findLast(({ type }) => type === 'produce')).toMatchObject({ watched: 2 });
    expect(counts()).toEqual([2]);
    if (told) world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
    await world.pass(told ? 20 : 1_000);
    // One that says nothing does not know of this, and takes it that all are sent.
    expect(counts()).toEqual([2, told ? 2 : 3]);
  });
});
