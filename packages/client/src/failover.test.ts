import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { NODE_WATCH, PUBLISH_OVERLAP } from './config.ts';
import { type Decision, decide, type Evidence } from './failover.ts';
import { Silence } from './silence.ts';
import { NO_STANDBY, type StandbyEvent, type StandbyState, standbyTransition } from './standby-state.ts';
import { FakeNode } from './testing/fake-node.ts';
import { tellPlayed } from './testing/fake-receiver.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL } from './testing/world.ts';

describe('what to do when something is wrong with the node', () => {
  it.each<[Evidence['current'], Evidence['standby'], Decision]>([
    // A node that answers is not left before ICE has been tried.
    ['answers', 'answers', 'restart_ice'],
    ['answers', 'silent', 'restart_ice'],
    ['answers', 'unready', 'restart_ice'],
    ['silent', 'answers', 'activate'],
    // Both silent: it is one's own network.
    ['silent', 'silent', 'wait'],
    ['silent', 'unready', 'wait'],
    ['interrupted', 'answers', 'activate'],
    ['interrupted', 'silent', 'wait'],
    ['interrupted', 'unready', 'wait'],
    ['closed', 'answers', 'activate'],
    ['closed', 'silent', 'activate'],
    ['closed', 'unready', 'reconnect'],
    ['no_path', 'answers', 'activate'],
    ['no_path', 'silent', 'reconnect'],
    ['no_path', 'unready', 'reconnect'],
  ])('%s, and the standby %s: %s', (current, standby, decision) => {
    expect(decide({ current, standby })).toBe(decision);
  });
});

describe('silence', () => {
  it('is counted while looks come in time', () => {
    const silence = new Silence(50);
    silence.look(0, true);
    expect([50, 100, 150].map((now) => silence.look(now, false))).toEqual([50, 100, 150]);
    expect(silence.look(200, true)).toBe(0);
  });

  it('is not what a busy page or a throttled one makes of it', () => {
    const silence = new Silence(50);
    silence.look(0, true);
    expect(silence.look(5_000, false)).toBe(100);
    expect(silence.look(6_000, false)).toBe(200);
  });
});

describe('a standby', () => {
  const at = (phase: StandbyState['phase'], media = true): StandbyState => ({ phase, media });
  const assigned = (named: boolean, same = false): StandbyEvent => ({ event: 'assigned', named, same });
  const media = (up: boolean): StandbyEvent => ({ event: 'media', up });

  it.each<[string, StandbyState, StandbyEvent, StandbyState, string[]]>([
    ['waits for media', NO_STANDBY, assigned(true), at('held', false), []],
    ['and a moment longer', at('held', false), media(true), at('delayed'), ['delay']],
    ['is named when media is up', at('none'), assigned(true), at('delayed'), ['delay']],
    ['is made', at('delayed'), { event: 'due' }, at('opening'), ['open']],
    ['is ready', at('opening'), { event: 'up' }, at('ready'), ['succeeded']],
    ['has lost its way', at('ready'), { event: 'disturbed' }, at('opening'), []],
    ['is lost', at('ready'), { event: 'lost', retryAfterMs: 7 }, at('pausing'), ['drop', 'retry']],
    ['is made again', at('pausing'), { event: 'due' }, at('opening'), ['open']],
    ['stays when named again', at('ready'), assigned(true, true), at('ready'), []],
    ['is replaced', at('ready'), assigned(true), at('delayed'), ['drop', 'delay']],
    ['is replaced before it was there', at('pausing'), assigned(true), at('delayed'), ['cancel', 'delay']],
    ['is not needed', at('ready'), assigned(false), at('none'), ['drop']],
    ['is not made while media is down', at('delayed'), media(false), at('held', false), ['cancel']],
    ['stays while media is down', at('ready'), media(false), at('ready', false), []],
    ['is lost then', at('ready', false), { event: 'lost', retryAfterMs: 0 }, at('held', false), ['drop']],
    ['is taken', at('ready'), { event: 'taken' }, at('none'), []],
    ['hears late', at('none'), { event: 'due' }, at('none'), []],
  ])('%s', (_what, before, event, after, effects) => {
    const step = standbyTransition(before, event);
    expect(step.state).toEqual(after);
    expect(step.effects.map(({ effect }) => effect)).toEqual(effects);
  });
});

const { world: start, join } = useWorld();
const HOT = { id: 'node-2', url: OTHER_NODE_URL, failover: 'hot' } as const;
const WARM = { ...HOT, failover: 'warm' } as const;
const THIRD_NODE_URL = 'ws://third-node.test/media';
/** Until a standby is made, and has everything. */
const PREPARED_MS = 2_500;

type WatchedSender = { handler: FakeHandler; track: MediaStreamTrack | null; layers: number };

/** Every sender that is there, and how many layers of it are encoded: a track on one of none is not sent. */
function watchSenders() {
  const senders: WatchedSender[] = [];
  const { send, replaceTrack, setMaxSpatialLayer } = FakeHandler.prototype;
  const find = (handler: FakeHandler, localId: string) =>
    senders.filter((sender) => sender.handler === handler)[Number(localId) - 1];
  vi.spyOn(FakeHandler.prototype, 'send').mockImplementation(async function (this: FakeHandler, options) {
    const { onRtpSender, track, encodings } = options;
    const layers = encodings?.filter(({ active }) => active !== false).length ?? 1;
    senders.push({ handler: this, track: onRtpSender && track.kind === 'audio' ? null : track, layers });
    return send.call(this, options);
  });
  vi.spyOn(FakeHandler.prototype, 'replaceTrack').mockImplementation(function (this: FakeHandler, id, track) {
    const sender = find(this, id);
    if (sender) sender.track = track;
    return replaceTrack.call(this, id, track);
  });
  vi.spyOn(FakeHandler.prototype, 'setMaxSpatialLayer').mockImplementation(function (
    this: FakeHandler,
    id,
    max,
  ) {
    const sender = find(this, id);
    if (sender) sender.layers = max + 1;
    return setMaxSpatialLayer.call(this, id, max);
  });
  return senders;
}

describe('failing over', () => {
  it('makes a standby only when media is up', async () => {
    const world = start();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    expect(world.otherNode.sockets).toHaveLength(0);
    await world.pass(PREPARED_MS);
    expect(world.otherNode.standbys.size).toBe(1);
    expect(world.otherNode.published.get('microphone')).toMatchObject({ paused: false });
  });

  it('prepares nothing to be received when warm', async () => {
    const world = start();
    world.room.standby = WARM;
    const meeting = await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    expect(world.otherNode.count('connect_transport')).toBe(2);
    // The node offers more streams than every client can open.
    expect(world.warmedBy.map((one) => one.sctpStreamParameters.streamId)).toEqual([1_023, 1_023]);
    expect(world.otherNode.count('produce')).toBe(1);
    expect(world.otherNode.count('subscribe')).toBe(0);
    expect((await meeting.stats())?.standby).toEqual({ nodeId: 'node-2', tier: 'warm', ready: true });
  });

  it.each([HOT, WARM])(
    'sends nothing on the standby before it is in use, and everything then, without negotiation: $failover',
    async (standby) => {
      const world = start();
      const senders = watchSenders();
      world.room.standby = standby;
      const [voice, picture] = [microphone(), camera()];
      const meeting = await join({ microphone: voice, camera: picture });
      await world.pass(PREPARED_MS);
      const [, , standbySend] = world.handlers;
      const onStandby = () =>
        senders
          .filter(({ handler }) => handler === standbySend)
          .map(({ track, layers }) => (layers === 0 ? null : track));
      expect(onStandby()).toEqual([null, null]);
      // Its encoder is set up already: that takes longer than anything else.
      expect(senders.some(({ handler, track }) => handler === standbySend && track === picture)).toBe(true);
      const statuses = new Set<string>();
      meeting.subscribe(() => statuses.add(meeting.snapshot.status.status));

      const negotiated = world.otherNode.count('produce');
      world.network.cut(NODE_URL);
      await world.pass(20);
      expect(onStandby()).toEqual([voice, picture]);
      expect(world.otherNode.standbys.size).toBe(0);
      expect(world.otherNode.count('produce')).toBe(negotiated);
      expect(world.room.heard.findLast((message) => message.type === 'activated')).toMatchObject({
        node_id: 'node-2',
        from_node_id: 'node-1',
        reason: 'socket_closed',
      });
      await world.pass(5_000);
      expect([...statuses].filter((status) => status !== 'connected')).toEqual([]);
      expect(world.node.sockets, 'nobody goes back').toHaveLength(0);
    },
  );

  it('subscribes at once on a warm standby, and sends without negotiation', async () => {
    const world = start();
    world.room.standby = WARM;
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    const meeting = await join({ microphone: microphone() });
    meeting.setVideoWishes([{ streamId: stream.stream_id, width: 640, height: 360 }]);
    world.node.consume(stream);
    await world.pass(PREPARED_MS);
    world.network.cut(NODE_URL);
    await world.pass(50);
    expect(world.otherNode.published.get('microphone')).toMatchObject({ paused: false });
    expect(world.otherNode.count('produce')).toBe(1);
    expect(world.otherNode.lastWish()).toEqual([stream.stream_id]);
    expect(world.otherNode.count('hello')).toBe(1);
  });

  it.each([HOT, WARM])(
    'sends video when it can be taken, if nobody has prepared for it: $failover',
    async (standby) => {
      const world = start();
      const senders = watchSenders();
      world.room.standby = standby;
      await join({ camera: camera() });
      world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
      await world.pass(PREPARED_MS);
      world.network.cut(NODE_URL);
      await world.pass(50);
      const warm = standby === WARM;
      const layers = () => senders.at(-1)?.layers;
      expect(world.otherNode.messages.find(({ type }) => type === 'activate')).toMatchObject({
        watched: [{ source: 'camera', layers: 2 }],
        ...(warm ? { waits: true } : {}),
      });
      expect(layers()).toBe(warm ? 0 : 2);
      world.otherNode.send({ type: 'publish_layers', source: 'camera', layers: 2 });
      await world.pass(20);
      expect(layers()).toBe(2);
    },
  );

  it('shows the last picture until the standby brings another', async () => {
    let shown = false;
    // What came before has stopped by then.
    tellPlayed((index) => (shown ? index * 1_000 : null));
    const world = start();
    world.room.standby = HOT;
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    world.otherNode.announce(bob, 'camera');
    const meeting = await join();
    const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera;
    world.node.consume(stream);
    await world.pass(PREPARED_MS);
    const before = view()?.track;
    expect(before).toBeDefined();
    expect(world.otherNode.lastWish(), 'the standby hears the wish').toEqual([stream.stream_id]);
    world.otherNode.consume(stream);
    await world.pass(500);
    expect(view()?.track, 'what a standby receives is not shown').toBe(before);

    world.network.cut(NODE_URL);
    await world.pass(500);
    expect(view()?.track).toBe(before);
    expect(before?.readyState).toBe('live');
    const next = view()?.next;
    expect(next, 'a page can have an element ready').toBeDefined();
    shown = true;
    await world.pass(50);
    expect(view()?.track).toBe(next);
    expect(view()?.next).toBeNull();
    expect(view()?.track?.readyState).toBe('live');
  });

  it('goes over when the node is silent, and not when both are', async () => {
    const world = start();
    world.room.standby = HOT;
    const meeting = await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.freeze();
    await world.pass(1_500);
    expect(world.room.heard.some((message) => message.type === 'activated')).toBe(false);
    expect(world.otherNode.count('activate')).toBe(0);
    await world.pass(30_000);
    expect(meeting.snapshot.status.status).toBe('connected');

    await world.pass(PREPARED_MS);
    expect(world.room.nodeId).toBe('node-1');
    world.network.freeze(NODE_URL);
    await world.pass(1_000);
    expect(world.otherNode.count('activate')).toBe(1);
    expect(world.room.heard.findLast((message) => message.type === 'activated')).toMatchObject({
      reason: 'silent',
    });
  });

  it('goes over sooner when others have gone, and stays at a node that is heard', async () => {
    const world = start();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    const warn = () => {
      for (const standby of world.otherNode.standbys) standby.send({ type: 'others_came' });
    };
    warn();
    // Until a moment at which it has just been heard: without a warning it takes 700 ms from there.
    await world.pass(5_100);
    expect(world.otherNode.count('activate')).toBe(0);

    world.network.freeze(NODE_URL);
    // What was on its way is heard, or not at all.
    await world.pass(100);
    const frozenFor = async () => {
      for (let ms = 100; ; ms += 50) {
        if (world.otherNode.count('activate') > 0) return ms;
        if (ms === 150) warn();
        await world.pass(50);
      }
    };
    expect(await frozenFor()).toBeLessThanOrEqual(NODE_WATCH.warned.limitMs + 50);
  });

  it('stays at a node that has lost its streams', async () => {
    const world = start();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    for (const socket of world.node.sockets) socket.close(4502);
    await world.pass(1_000);
    expect(world.otherNode.count('activate')).toBe(0);
    expect(world.node.count('hello')).toBe(2);
    expect(world.otherNode.standbys.size, 'the standby is kept').toBe(1);
  });

  it('begins anew when the standby does not answer', async () => {
    const world = start();
    world.room.standby = HOT;
    const meeting = await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.freeze(OTHER_NODE_URL);
    world.network.cut(NODE_URL);
    await world.pass(30_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.node.sockets.length + world.otherNode.sockets.length).toBeGreaterThan(0);
  });

  it('tells a room that was away', async () => {
    const world = start();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.freeze('ws://room.test');
    world.network.cut(NODE_URL);
    await world.pass(1_000);
    expect(world.otherNode.count('activate')).toBe(1);
    await world.pass(60_000);
    expect(world.room.nodeId).toBe('node-2');
  });

  it('makes the next standby, and goes where the room says otherwise', async () => {
    const world = start();
    world.room.standby = HOT;
    world.room.nextStandby = { id: 'node-1', url: NODE_URL, failover: 'hot' };
    const meeting = await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.network.cut(NODE_URL);
    await world.pass(2 * PREPARED_MS);
    expect(world.node.standbys.size).toBe(1);
    world.network.cut(OTHER_NODE_URL);
    await world.pass(100);
    expect(world.node.count('activate')).toBe(1);
    expect(world.room.nodeId).toBe('node-1');
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('without a prepared standby goes where the room says at once, and not to the next standby', async () => {
    const world = start();
    const third = new FakeNode('node-3');
    world.network.serve(THIRD_NODE_URL, third);
    world.room.standby = HOT;
    world.room.nextNode = { id: 'node-3', url: THIRD_NODE_URL };
    const meeting = await join({ microphone: microphone(), failover: 'cold' });
    await world.pass(PREPARED_MS);
    world.network.offlineAt = NODE_URL;
    world.network.cut(NODE_URL);
    // Two round trips to the dead node, one to the room, three to the new one.
    await world.pass(150);
    expect(third.published.get('microphone')).toMatchObject({ paused: false });
    await world.pass(1_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.otherNode.sockets).toHaveLength(0);
    // A node that nobody has tried is not reported.
    expect(world.room.heard.filter(({ type }) => type === 'activated')).toEqual([]);
    expect(world.room.heard.filter(({ type }) => type === 'request_node')).toHaveLength(1);
  });

  it('uses the standby for a move to its node', async () => {
    const world = start();
    world.room.standby = HOT;
    await join({ microphone: microphone() });
    await world.pass(PREPARED_MS);
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(PUBLISH_OVERLAP.movedMs + 1_000);
    expect(world.otherNode.count('hello')).toBe(1);
    expect(world.otherNode.count('activate')).toBe(1);
    expect(world.node.sockets).toHaveLength(0);
  });

  it('makes none beside a move, when two sessions carry everything', async () => {
    const world = start();
    const third = new FakeNode('node-3');
    world.network.serve(THIRD_NODE_URL, third);
    await join({ microphone: microphone() });
    world.room.standby = { id: 'node-3', url: THIRD_NODE_URL, failover: 'hot' };
    world.room.move('node-2', OTHER_NODE_URL);
    await world.pass(PREPARED_MS);
    expect(world.node.sockets).toHaveLength(1);
    expect(third.sockets).toHaveLength(0);
    await world.pass(PUBLISH_OVERLAP.movedMs);
    expect(world.node.sockets).toHaveLength(0);
    await world.pass(PREPARED_MS);
    expect(third.standbys.size).toBe(1);
  });

  it('restarts ICE when packets alone do not get through', async () => {
    let clock = 1;
    tellPlayed(() => clock);
    const world = start();
    world.room.standby = HOT;
    const bob = world.room.enter('Bob', { audio: true });
    const stream = world.node.announce(bob, 'microphone');
    await join({ microphone: microphone() });
    world.node.consume(stream);
    const packets = setInterval(() => {
      clock += 1;
    }, 20);
    await world.pass(2 * PREPARED_MS);
    expect(world.node.count('restart_ice')).toBe(0);
    clearInterval(packets);
    await world.pass(4_000);
    // Both transports, once; and nobody goes to the standby.
    expect(world.node.count('restart_ice')).toBe(2);
    expect(world.otherNode.count('activate')).toBe(0);
  });
});
