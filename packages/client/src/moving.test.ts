import { streamId } from '@meridian/protocol';
import { describe, expect, it } from 'vitest';
import { PUBLISH_OVERLAP, SETTLING } from './config.ts';
import { tellPlayed } from './testing/fake-receiver.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL, type World } from './testing/world.ts';

const { world: start, join } = useWorld();

/** Videos show their first frame only when told. */
function withoutFrames(): () => void {
  let shown = false;
  // What came before has stopped by then.
  tellPlayed((index) => (shown ? index * 1_000 : null));
  return () => {
    shown = true;
  };
}

/** Bob's voice arrives. */
async function hearBob(world: World) {
  const bob = world.room.enter('Bob', { audio: true });
  const stream = world.node.announce(bob, 'microphone');
  const meeting = await join({ microphone: microphone() });
  const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.microphone?.track;
  world.node.consume(stream);
  await world.pass(100);
  return { bob, stream, view };
}

/** Bob is heard and seen; `view`: the tracks by which, `before`: those at first. */
async function receiveBob(world: World) {
  const bob = world.room.enter('Bob', { audio: true, video: true });
  const [voice, picture] = [world.node.announce(bob, 'microphone'), world.node.announce(bob, 'camera')];
  const meeting = await join({ microphone: microphone() });
  meeting.setVideoWishes([{ streamId: picture.stream_id, width: 640, height: 360 }]);
  world.node.consume(voice);
  world.node.consume(picture);
  await world.pass(100);
  const view = (source: 'microphone' | 'camera') =>
    meeting.snapshot.participants.find((p) => p.id === bob)?.streams[source]?.track;
  const before = [view('microphone'), view('camera')];
  expect(before.every(Boolean)).toBe(true);
  return { bob, voice, picture, view, before };
}

describe('a move to another node', () => {
  it('makes before it breaks', async () => {
    const world = start();
    const showFrames = withoutFrames();
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    const track = camera();
    const meeting = await join({ microphone: microphone(), camera: track });
    meeting.setVideoWishes([{ streamId: stream.stream_id, width: 640, height: 360 }]);
    world.node.consume(stream);
    await world.pass(200);
    const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera;
    const before = view()?.track;
    expect(before).toBeDefined();
    const statuses = new Set<string>();
    meeting.subscribe(() => statuses.add(meeting.snapshot.status.status));

    // The new node has not heard of Bob yet.
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    expect([...world.otherNode.published.keys()].sort()).toEqual(['camera', 'microphone']);
    expect(world.otherNode.lastWish()).toEqual([stream.stream_id]);
    expect(world.node.sockets, 'the old node is still there').toHaveLength(1);
    expect(view()?.track).toBe(before);

    world.otherNode.announce(bob, 'camera', 2);
    world.otherNode.consume({ ...stream, generation: 2 });
    await world.pass(1_500);
    expect(view()?.track, 'not before there is a frame').toBe(before);
    expect(world.node.sockets).toHaveLength(1);
    showFrames();
    await world.pass(100);
    expect(view()?.track).not.toBe(before);
    expect(world.node.sockets, 'others may still take what is sent there').toHaveLength(1);
    await world.pass(PUBLISH_OVERLAP.movedMs);
    expect(world.node.sockets).toHaveLength(0);
    expect(before?.readyState).toBe('ended');
    expect(track).toMatchObject({ stops: 0, readyState: 'live' });
    expect([...statuses]).toEqual(['connected']);
  });

  it('plays a voice from the old node until the new one has something of it', async () => {
    const world = start();
    const speak = withoutFrames();
    const { bob, stream, view } = await hearBob(world);
    const before = view();
    expect(before).toBeDefined();
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.otherNode.announce(bob, 'microphone', 2);
    world.otherNode.consume({ ...stream, generation: 2 });
    await world.pass(500);
    expect(view()).toBe(before);
    speak();
    await world.pass(100);
    expect(view()).not.toBe(before);
  });

  it('goes on with the old way while it flows, until the new one has settled', async () => {
    const world = start();
    let oldFlows = true;
    const now = () => performance.timeOrigin + performance.now();
    tellPlayed((_, handler) => (oldFlows || world.handlers.indexOf(handler) >= 2 ? now() : 1));
    const { bob, voice, picture, view, before } = await receiveBob(world);

    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.otherNode.announce(bob, 'microphone');
    world.otherNode.announce(bob, 'camera');
    world.otherNode.consume(voice);
    await world.pass(SETTLING.sessionMs - 50);
    expect(view('microphone')).toBe(before[0]);
    await world.pass(150);
    expect(view('microphone')).not.toBe(before[0]);
    // This one stops before its time.
    world.otherNode.consume(picture);
    await world.pass(100);
    expect(view('camera')).toBe(before[1]);
    oldFlows = false;
    await world.pass(2 * SETTLING.pollMs);
    expect(view('camera')).not.toBe(before[1]);
  });

  it('does not show what has begun on the new way and stopped again, for a while', async () => {
    const world = start();
    const now = () => performance.timeOrigin + performance.now();
    let stalledAt: number | null = null;
    tellPlayed((_, handler) =>
      world.handlers.indexOf(handler) >= 2 && stalledAt !== null ? stalledAt : now(),
    );
    const { bob, picture, view, before } = await receiveBob(world);
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.otherNode.announce(bob, 'camera');
    world.otherNode.consume(picture);
    await world.pass(200);
    stalledAt = now();
    await world.pass(SETTLING.sessionMs + SETTLING.stalledMs - 300);
    expect(view('camera')).toBe(before[1]);
    stalledAt = null;
    await world.pass(SETTLING.paceMs);
    expect(view('camera')).not.toBe(before[1]);
  });

  it.each([
    ['not what falters on the new way', 5, false],
    ['what is a little slower on the new way', 1.5, true],
  ])('shows %s', async (_, slower, expected) => {
    const world = start();
    const now = () => performance.timeOrigin + performance.now();
    const interval = 40;
    const everyNth = (nth: number) => Math.floor(now() / (nth * interval)) * nth * interval;
    // The clock of sources may be ahead of that of the page: no frame is too old to count as flowing here.
    tellPlayed(
      (_index, handler) => everyNth(world.handlers.indexOf(handler) >= 2 ? slower : 1) + 5 * interval,
    );
    const { bob, picture, view, before } = await receiveBob(world);
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.otherNode.announce(bob, 'camera');
    world.otherNode.consume(picture);
    await world.pass(SETTLING.sessionMs + 500);
    expect(view('camera') !== before[1]).toBe(expected);
    await world.pass(SETTLING.stalledMs);
    expect(view('camera')).not.toBe(before[1]);
  });

  it('is not mistaken about what flows where sources are told by another clock', async () => {
    const world = start();
    // Safari counts from when the machine was started.
    tellPlayed(() => performance.now() + 77_000);
    const { bob, stream, view } = await hearBob(world);
    const before = view();
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    world.otherNode.announce(bob, 'microphone');
    world.otherNode.consume(stream);
    await world.pass(SETTLING.sessionMs - 100);
    expect(view()).toBe(before);
    await world.pass(200);
    expect(view()).not.toBe(before);
  });

  it('lets a picture settle that comes to its node another way, and a voice change at once', async () => {
    const world = start();
    tellPlayed(() => performance.timeOrigin + performance.now());
    const { bob, voice, picture, view, before } = await receiveBob(world);
    // Bob is being moved.
    world.node.announce(bob, 'microphone', 2);
    world.node.announce(bob, 'camera', 2);
    world.node.consume({ ...voice, generation: 2 });
    world.node.consume({ ...picture, generation: 2 });
    await world.pass(100);
    expect(view('microphone')).not.toBe(before[0]);
    expect(view('camera')).toBe(before[1]);
    await world.pass(SETTLING.videoMs);
    expect(view('camera')).not.toBe(before[1]);
  });

  it('shows nothing older than what it shows, though a newer one has nothing to show yet', async () => {
    const world = start();
    const frames = [true, false, true, false];
    tellPlayed((index) => (frames[index] ? 0 : null));
    const { bob, stream, view } = await hearBob(world);
    const first = view();
    for (const generation of [2, 3, 4]) {
      world.node.announce(bob, 'microphone', generation);
      world.node.consume({ ...stream, generation });
    }
    await world.pass(50);
    const third = view();
    expect(third).not.toBe(first);
    frames[1] = true;
    await world.pass(SETTLING.exchangeMs / 2);
    expect(view()).toBe(third);
    frames[3] = true;
    await world.pass(100);
    expect(view()).not.toBe(third);
  });

  it('goes on receiving what it has shown until the page has had time to show the other', async () => {
    const world = start();
    tellPlayed(() => performance.timeOrigin + performance.now());
    const { bob, picture, view, before } = await receiveBob(world);
    world.node.announce(bob, 'camera', 2);
    const id = world.node.consume({ ...picture, generation: 2 });
    const shown = () => world.node.messages.filter(({ type }) => type === 'consumer_shown');
    await world.pass(SETTLING.videoMs + 100);
    expect(view('camera')).not.toBe(before[1]);
    expect(before[1]?.readyState).toBe('live');
    expect(shown()).toEqual([]);
    await world.pass(SETTLING.exchangeMs);
    expect(before[1]?.readyState).toBe('ended');
    expect(shown()).toMatchObject([{ consumer_id: id }]);
  });

  it('ends with the newest of several consumers, though an older one had something to show first', async () => {
    const world = start();
    const shown = [false, false, false];
    tellPlayed((index) => (shown[index] === true ? 0 : null));
    const { bob, stream, view } = await hearBob(world);
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    // Bob is being moved as well: the new node has him by way of the old one, and then by himself.
    world.otherNode.announce(bob, 'microphone');
    world.otherNode.consume(stream);
    world.otherNode.announce(bob, 'microphone', 2);
    world.otherNode.consume({ ...stream, generation: 2 });
    await world.pass(50);
    shown[1] = true;
    await world.pass(50);
    const older = view();
    shown[2] = true;
    await world.pass(50);
    expect(view()).not.toBe(older);
    expect(view()?.readyState).toBe('live');
  });

  it('obeys a mute on both nodes while it is under way', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(100);
    void meeting.mute();
    await world.pass(50);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
    expect(world.otherNode.published.get('microphone')?.paused).toBe(true);
  });

  it('goes unnoticed while the new node cannot be reached, and asks for another', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.offlineAt = OTHER_NODE_URL;
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(3_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.node.sockets).toHaveLength(1);
    expect(world.room.heard.find((message) => message.type === 'request_node')).toMatchObject({
      node_id: 'node-2',
    });
    // Now the old one goes as well.
    world.network.cut(NODE_URL);
    await world.pass(10);
    expect(meeting.snapshot.status).toMatchObject({ status: 'reconnecting', media: true, signaling: false });
    world.network.offlineAt = '';
    await world.pass(10_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.otherNode.published.has('microphone')).toBe(true);
  });

  it('forgets, when the old node is closed, what only that one told of', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { audio: true });
    const stream = world.node.announce(bob, 'microphone');
    const meeting = await join({ microphone: microphone() });
    world.node.consume(stream);
    await world.pass(100);
    const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.microphone;
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(200);
    expect(view()?.track).toBeDefined();
    // Still told by the old node: Bob has stopped.
    world.node.send({ type: 'stream_removed', stream_id: streamId(bob, 'microphone'), generation: 1 });
    await world.pass(50);
    expect(view()).toBeUndefined();
  });
});
