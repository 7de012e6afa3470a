import { streamId } from '@meridian/protocol';
import { describe, expect, it, vi } from 'vitest';
import { FakeStream } from './testing/fake-stream.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { ROOM_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

describe('joining', () => {
  it('publishes, subscribes and says how long each stage took', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    const meeting = await join({ microphone: microphone(), camera: camera() });
    world.node.consume(stream);
    await world.pass(100);

    expect(meeting.snapshot.status).toEqual({ status: 'connected' });
    expect(meeting.snapshot.participants.map((p) => p.displayName).sort()).toEqual(['Ada', 'Bob']);
    expect(meeting.snapshot.self).toMatchObject({ audio: true, video: true, isSelf: true });
    expect(world.node.published.get('camera')).toEqual({ paused: false, layers: 3 });
    expect(world.node.published.get('microphone')).toEqual({ paused: false, layers: 0 });
    expect(world.node.lastWish()).toEqual([stream.stream_id]);
    expect(world.node.count('consumer_ready')).toBe(1);
    const seen = meeting.snapshot.participants.find((p) => p.id === bob);
    expect(seen?.streams.camera?.track).toMatchObject({ kind: 'video' });
    expect(Object.keys(meeting.stages).sort()).toEqual([
      'admitted',
      'first_consumer',
      'joined',
      'media_open',
      'recv_connected',
      'send_connected',
      'signaling_open',
      'welcome',
    ]);
  });

  it('says which round trips were measured', async () => {
    const asked = vi.spyOn(start().environment, 'fetch');
    await join({ roundTrips: { 'eu-west': 18 } });
    expect(JSON.parse(String(asked.mock.calls[0]?.[1]?.body))).toEqual({
      display_name: 'Ada',
      round_trips: { 'eu-west': 18 },
    });
  });

  it('needs one round trip on the media socket before everything is under way', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone(), camera: camera() });
    const types = world.node.messages.map((message) => message.type);
    const together = ['connect_transport', 'connect_transport', 'produce', 'produce'];
    expect(types.slice(0, 2)).toEqual(['hello', 'subscribe']);
    expect(types.slice(2, 6).toSorted()).toEqual(together);
    const stages = meeting.stages;
    // hello to welcome, and nothing awaited after it but the (fake) 20 ms of ICE and DTLS.
    expect((stages.send_connected ?? 0) - (stages.welcome ?? 0)).toBeLessThanOrEqual(20);
  });

  it('rejects with the typed error of the server', async () => {
    const world = start();
    world.joinFailure = {
      status: 429,
      retryAfter: '7',
      body: { type: 'about:blank', title: 'Slow down', status: 429, code: 'rate_limited' },
    };
    await expect(world.join()).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 7_000 });
  });

  it('asks again when a connection broke, and gives up when it cannot be made', async () => {
    const world = start();
    world.brokenJoins = 2;
    const coming = join();
    await world.pass(1_500);
    expect((await coming).snapshot.status.status).toBe('connected');

    world.brokenJoins = 3;
    const joining = world.join();
    joining.catch(() => {});
    await world.pass(1_500);
    await expect(joining).rejects.toMatchObject({ code: 'timeout' });
    expect(world.brokenJoins).toBe(0);
  });

  it.each([
    ['comes back when it is told to', '2', 'connected'],
    ['not if that takes too long', '60', 'no_capacity'],
  ])('%s because no node has a place', async (_what, retryAfter, outcome) => {
    const world = start();
    const body = { type: 'about:blank', title: 'Full', status: 503, code: 'no_capacity' as const };
    world.joinFailure = { status: 503, retryAfter, body };
    const coming = join().then(
      (meeting) => meeting.snapshot.status.status,
      ({ code }) => code,
    );
    await world.pass(1_000);
    world.joinFailure = null;
    await world.pass(3_000);
    expect(await coming).toBe(outcome);
  });

  it('gives up in time and leaves nothing behind when the room never answers', async () => {
    const world = start();
    world.network.offline = true;
    const joining = world.join();
    joining.catch(() => {});
    await world.pass(30_000);
    await expect(joining).rejects.toMatchObject({ code: 'timeout' });
    expect(world.left).toHaveLength(1);
  });

  it('can be aborted', async () => {
    const world = start();
    const controller = new AbortController();
    world.network.offline = true;
    const joining = world.join({ signal: controller.signal });
    joining.catch(() => {});
    await world.pass(300);
    controller.abort(new Error('changed my mind'));
    await expect(joining).rejects.toThrow('changed my mind');
  });

  it('survives a socket that drops before the room has answered', async () => {
    const world = start();
    world.network.delay = 100;
    const joining = join();
    // The greeting is on its way.
    await world.pass(50);
    world.network.cut(ROOM_URL);
    await world.pass(1_000);
    const meeting = await joining;
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.network.opened.filter((url) => url === ROOM_URL)).toHaveLength(2);
  });

  it('has nothing to do with a node the room has not named', async () => {
    const world = start();
    world.room.fingerprint = 'CC:DD';
    const meeting = await join({ microphone: microphone() });
    expect(world.node.published.size).toBe(0);
    expect(meeting.snapshot.status).toMatchObject({ status: 'reconnecting', media: true });
    // It asks the room by itself who is the right one.
    world.room.fingerprint = 'aa:bb';
    await world.pass(10_000);
    expect(meeting.snapshot.status.status).toBe('connected');
  });
});

describe('camera and screen', () => {
  it('switches the camera off for real and on again', async () => {
    const world = start();
    const track = camera();
    const meeting = await join({ camera: track });
    void meeting.setCamera(null);
    await world.pass(50);
    expect(world.node.published.has('camera')).toBe(false);
    expect(world.room.people.get(meeting.participantId)?.participant.media.video).toBe(false);
    void meeting.setCamera(camera(640, 360));
    await world.pass(50);
    expect(world.node.published.get('camera')?.layers).toBe(2);
    expect(track.stops).toBe(0);
  });

  it('exchanges a camera of the same size without publishing anew', async () => {
    const world = start();
    const meeting = await join({ camera: camera() });
    void meeting.setCamera(camera());
    await world.pass(50);
    expect(world.node.count('produce')).toBe(1);
    void meeting.setCamera(camera(320, 180));
    await world.pass(50);
    expect(world.node.count('produce')).toBe(2);
    expect(world.node.published.get('camera')?.layers).toBe(1);
  });

  it('shares a screen, and stops when the browser ends the track', async () => {
    const world = start();
    const meeting = await join();
    const video = camera(1920, 1080);
    const sharing = meeting.startScreenShare(new FakeStream([video]));
    await world.pass(100);
    await sharing;
    expect(meeting.snapshot.screenShare?.participantId).toBe(meeting.participantId);
    expect(video.contentHint).toBe('detail');
    expect(world.node.published.get('screen')?.layers).toBe(1);
    video.end();
    await world.pass(100);
    expect(meeting.snapshot.screenShare).toBeNull();
    expect(world.node.published.has('screen')).toBe(false);
  });

  it('sends no picture when somebody else is sharing', async () => {
    const world = start();
    const meeting = await join();
    world.room.refuse = { type: 'screen_share_start', code: 'screen_share_taken' };
    const sharing = expect(meeting.startScreenShare(new FakeStream([camera()]))).rejects.toMatchObject({
      code: 'screen_share_taken',
    });
    await world.pass(100);
    await sharing;
    expect(world.node.count('produce')).toBe(0);
    expect(meeting.snapshot.self.screen).toBe(false);
  });

  it('withdraws a camera the node does not accept', async () => {
    const world = start();
    world.node.refuseProduce = 'forbidden';
    const meeting = await join({ camera: camera() });
    await world.pass(100);
    expect(meeting.snapshot.self.video).toBe(false);
    expect(world.room.people.get(meeting.participantId)?.participant.media.video).toBe(false);
  });
});

describe('streams of others', () => {
  it('replaces a stream by its next generation and marks a pause', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const id = streamId(bob, 'microphone');
    const meeting = await join();
    const stream = world.node.announce(bob, 'microphone');
    const first = world.node.consume(stream);
    await world.pass(100);
    const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.microphone;
    const before = view()?.track;
    const next = world.node.announce(bob, 'microphone', 2);
    world.node.consume(next, first);
    world.node.send({ type: 'consumer_closed', consumer_id: first, stream_id: id });
    await world.pass(100);
    expect(view()?.track).not.toBe(before);
    world.node.send({ type: 'stream_updated', stream: { ...next, paused: true } });
    await world.pass(20);
    expect(view()?.paused).toBe(true);
    world.node.send({ type: 'stream_removed', stream_id: id, generation: 1 });
    await world.pass(20);
    expect(view()).toBeDefined();
    world.node.send({ type: 'stream_removed', stream_id: id, generation: 2 });
    await world.pass(20);
    expect(view()).toBeUndefined();
  });
});

describe('the snapshot', () => {
  it('is the same object until something changes, and shares what did not', async () => {
    const world = start();
    const bob = world.room.enter('Bob');
    const meeting = await join();
    const before = meeting.snapshot;
    expect(meeting.snapshot).toBe(before);
    let calls = 0;
    const unsubscribe = meeting.subscribe(() => {
      calls += 1;
    });
    world.room.setMedia(meeting.participantId, { video: true }, meeting.participantId);
    world.room.enter('Carol');
    await world.pass(50);
    unsubscribe();
    const after = meeting.snapshot;
    expect(after).not.toBe(before);
    expect(calls).toBeGreaterThan(0);
    expect(after.participants.find((p) => p.id === bob)).toBe(before.participants.find((p) => p.id === bob));
    expect(after.chat).toBe(before.chat);
  });
});

describe('leaving', () => {
  it('says goodbye, once, and ends', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    const leaving = Promise.all([meeting.leave(), meeting.leave()]);
    await world.pass(50);
    await leaving;
    expect(world.room.heard.filter((message) => message.type === 'leave')).toHaveLength(1);
    expect(meeting.snapshot.status).toEqual({ status: 'ended', reason: 'left' });
  });

  it.each([
    ['before', true],
    ['over', false],
  ])(
    'tells the room by a request when the socket breaks %s it, and again when that does',
    async (_, before) => {
      const world = start();
      const meeting = await join();
      world.brokenLeaves = 2;
      if (before) world.network.cut(ROOM_URL);
      const leaving = meeting.leave();
      if (!before) world.network.cut(ROOM_URL);
      await world.pass(100);
      await leaving;
      expect(meeting.snapshot.status).toEqual({ status: 'ended', reason: 'left' });
      await world.pass(1_500);
      expect(world.left).toHaveLength(3);
    },
  );

  it('ends for all', async () => {
    const world = start();
    const meeting = await join();
    const ending = meeting.endForAll();
    await world.pass(50);
    await ending;
    expect(meeting.snapshot.status).toEqual({ status: 'ended', reason: 'meeting_ended' });
  });
});
