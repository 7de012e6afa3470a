import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, streamId } from '@meridian/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PEER } from './config.ts';
import { TestFleet } from './testing/fleet.ts';
import { MediaClient } from './testing/media-client.ts';
import { until } from './testing/until.ts';

let fleet: TestFleet;
beforeEach(async () => {
  fleet = await TestFleet.start(23000, ['node-a']);
});
afterEach(() => fleet.close());

describe('joining', () => {
  test('two participants hear and see each other', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    await alice.publish('microphone');
    await alice.publish('camera');
    await bob.flows(await bob.receive(streamId(member.participantId, 'microphone')));
    const camera = streamId(member.participantId, 'camera');
    expect(bob.all('consumer').some((consumer) => consumer.stream_id === camera)).toBe(false);
    await bob.watch(1, [camera]);
    await bob.flows(await bob.receive(camera));
    // An older wish that arrives late changes nothing; a newer one without the stream ends it.
    await bob.watch(0, []);
    expect(bob.all('consumer_closed')).toEqual([]);
    await bob.watch(2, []);
    await until('the consumer to close', () => bob.all('consumer_closed').length === 1);
  });

  test('what was published before is in the welcome, and audio follows by itself', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const { generation } = await alice.publish('microphone');
    const bob = await fleet.join('node-a');
    const stream_id = streamId(member.participantId, 'microphone');
    expect(bob.welcome.streams).toMatchObject([{ stream_id, generation, paused: false }]);
    await bob.receive(stream_id);
    await alice.request({ type: 'close_producer', source: 'microphone' });
    await until('the removal', () => bob.all('stream_removed').length === 1);
    expect(bob.all('stream_removed')).toMatchObject([{ stream_id, generation }]);
    expect(bob.all('consumer_closed')).toHaveLength(1);
  });

  test('the room hears who is connected, again over a new link', async () => {
    fleet.control.hostMeeting('node-a', fleet.meetingId);
    await until('the room link', () => fleet.room.links.has('node-a'));
    const member = fleet.member();
    await fleet.join('node-a', member);
    const states = () => fleet.room.events.filter((event) => event.type === 'peer_state');
    await until('the peer state', () => states().length === 1);
    expect(states()[0]).toMatchObject({
      session_id: member.sessionId,
      connected: true,
      boot_id: fleet.node('node-a').bootId,
    });
    fleet.room.drop('node-a');
    await until('the peer state again', () => states().length === 2);
  });

  test.each([
    ['another node', { nodes: ['node-z'] }, 'forbidden', CLOSE.unauthorized],
    ['the past', { exp: 1000 }, 'token_expired', CLOSE.unauthorized],
    ['no participant', { sub: 'nobody' }, 'unauthorized', CLOSE.unauthorized],
  ])('a token for %s is refused', async (_what, claims, code, close) => {
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await expect(client.hello(await fleet.token(fleet.member(), claims))).rejects.toMatchObject({ code });
    expect(await client.closed()).toBe(close);
  });

  test('a node that drains refuses newcomers but not who is here', async () => {
    const member = fleet.member();
    await fleet.join('node-a', member);
    void fleet.node('node-a').drain(60_000);
    await fleet.join('node-a', member);
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await expect(client.hello(await fleet.token(fleet.member()))).rejects.toMatchObject({
      code: 'no_capacity',
    });
    expect(await client.closed()).toBe(CLOSE.unavailable);
  });
});

describe('publishing', () => {
  test('a source that is not granted, or of the wrong kind, is refused', async () => {
    const member = fleet.member();
    const token = await fleet.token(member, { can_publish: ['microphone'] });
    const client = fleet.track(await MediaClient.join(fleet.url('node-a'), token));
    await expect(client.publish('camera')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      client.request({
        type: 'produce',
        source: 'microphone',
        rtp_parameters: client.sender?.parameters('video') ?? { codecs: [] },
        layers: [],
        paused: false,
      }),
    ).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(client.request({ type: 'pause', source: 'camera' })).rejects.toMatchObject({
      code: 'unknown_stream',
    });
  });

  test('pause and resume reach everybody', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    await alice.publish('microphone');
    const consumer = await bob.receive(streamId(member.participantId, 'microphone'));
    await bob.flows(consumer);
    await alice.request({ type: 'pause', source: 'microphone' });
    await until('the pause', () => bob.all('stream_updated').at(-1)?.stream.paused === true);
    await sleep(100);
    const packets = bob.packets(consumer);
    await sleep(200);
    expect(bob.packets(consumer)).toBe(packets);
    await alice.request({ type: 'resume', source: 'microphone' });
    await bob.flows(consumer);
  });

  test('hard mute lets nothing through, whatever the client does', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bobMember = fleet.member();
    const bob = await fleet.join('node-a', bobMember);
    await alice.publish('microphone');
    const consumer = await bob.receive(streamId(member.participantId, 'microphone'));
    await bob.flows(consumer);
    await fleet.publishState({ hardMuted: new Map([[member.sessionId, ['microphone', 'camera']]]) });
    await until('the mute', () => bob.all('stream_updated').at(-1)?.stream.paused === true);
    await alice.request({ type: 'pause', source: 'microphone' });
    await alice.request({ type: 'resume', source: 'microphone' });
    await alice.publish('camera');
    const camera = streamId(member.participantId, 'camera');
    await bob.watch(1, [camera]);
    const video = await bob.receive(camera);
    await sleep(100);
    const packets = bob.packets(consumer);
    await sleep(200);
    expect([bob.packets(consumer), bob.packets(video)]).toEqual([packets, 0]);
    await fleet.publishState();
    await bob.flows(consumer);
    await bob.flows(video);
  });

  test('everybody gets the layer of the size they show', async () => {
    const member = fleet.member();
    const token = await fleet.token(member);
    const alice = fleet.track(await MediaClient.join(fleet.url('node-a'), token, 3));
    await alice.publish('camera');
    const camera = streamId(member.participantId, 'camera');
    for (const [width, height, spatial] of [
      [300, 170, 0],
      [1280, 720, 2],
    ] as const) {
      const viewer = await fleet.join('node-a');
      await viewer.watch(1, [camera], { width, height });
      await viewer.flows(await viewer.receive(camera));
      await until(`layer ${spatial}`, () => viewer.all('layers').at(-1)?.current?.spatial === spatial);
    }
  });

  test('what the room does not allow any more is closed', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    await alice.publish('microphone');
    await alice.publish('camera');
    await fleet.publishState({ canPublish: ['microphone'] });
    await until('the removal', () => alice.all('stream_removed').length === 1);
    expect(alice.all('stream_removed')[0]?.stream_id).toBe(streamId(member.participantId, 'camera'));
    await expect(alice.publish('screen')).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('publishing again replaces the stream without a gap', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    const first = await alice.publish('microphone');
    const stream = streamId(member.participantId, 'microphone');
    const old = await bob.receive(stream);
    await bob.flows(old);
    // A new session socket with new transports, as after a change of networks.
    const again = await fleet.join('node-a', member);
    expect(await alice.closed()).toBe(CLOSE.replaced);
    await bob.flows(old);
    const second = await again.publish('microphone');
    expect(second.generation).toBeGreaterThan(first.generation);
    const consumer = await bob.receive(stream, second.generation);
    expect(consumer.replaces).toBe(old.consumer_id);
    await bob.flows(consumer);
    await until('the old consumer to close', () =>
      bob.all('consumer_closed').some((closed) => closed.consumer_id === old.consumer_id),
    );
    expect(bob.all('stream_removed').every((removed) => removed.generation === first.generation)).toBe(true);
    await bob.flows(consumer);
  });

  test('who says that the new stream is shown gets the old one no longer', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    await alice.publish('camera');
    const stream = streamId(member.participantId, 'camera');
    await bob.watch(1, [stream]);
    const old = await bob.receive(stream);
    await bob.flows(old);
    const again = await fleet.join('node-a', member);
    const { generation } = await again.publish('camera');
    const consumer = await bob.receive(stream, generation);
    await bob.flows(consumer);
    const isClosed = () =>
      bob.all('consumer_closed').some((closed) => closed.consumer_id === old.consumer_id);
    expect(isClosed()).toBe(false);
    await bob.request({ type: 'consumer_shown', consumer_id: consumer.consumer_id });
    expect(isClosed()).toBe(true);
    await bob.flows(consumer);
  });
});

describe('lifecycle', () => {
  test('media goes on while a socket is away, and ends when nobody comes back', {
    timeout: 30_000,
  }, async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    await alice.publish('microphone');
    const consumer = await bob.receive(streamId(member.participantId, 'microphone'));
    await bob.flows(consumer);
    alice.loseSocket();
    await until(
      'the node to see it',
      () => fleet.node('node-a').meetings.all[0]?.peers.some((peer) => !peer.attached) === true,
    );
    await bob.flows(consumer);
    await until('the end', () => fleet.node('node-a').meetings.participants === 1, PEER.linger + 2_000);
    await until('the removal', () => bob.all('stream_removed').length === 1);
  });

  test('a removed participant is out within 500 ms of the word', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const bob = await fleet.join('node-a');
    await alice.publish('microphone');
    const consumer = await bob.receive(streamId(member.participantId, 'microphone'));
    await bob.flows(consumer);
    await fleet.publishState();
    await until('the state', () => fleet.room.events.some((event) => event.type === 'applied'));
    fleet.remove(member);
    const from = performance.now();
    await fleet.publishState({ revoked: [{ session_id: member.sessionId, min_gen: 2 }] });
    expect(await alice.closed()).toBe(CLOSE.removed);
    await until('the removal', () => bob.all('stream_removed').length === 1);
    expect(performance.now() - from).toBeLessThan(500);
    await expect(fleet.join('node-a', member)).rejects.toMatchObject({ code: 'removed' });
  });

  test('the end of the meeting closes everybody', async () => {
    const alice = await fleet.join('node-a');
    await fleet.publishState({ ended: true });
    expect(await alice.closed()).toBe(CLOSE.meetingEnded);
    await until('the meeting to be gone', () => fleet.node('node-a').meetings.all.length === 0);
  });

  test('a room that is gone for good ends the meeting, one that is away does not', async () => {
    const alice = await fleet.join('node-a');
    await until('the room link', () => fleet.room.links.has('node-a'));
    fleet.room.refuseWith = CLOSE.unavailable;
    fleet.room.drop('node-a');
    await sleep(500);
    expect(alice.closeCode).toBeNull();
    fleet.room.refuseWith = CLOSE.meetingEnded;
    expect(await alice.closed()).toBe(CLOSE.meetingEnded);
  });

  test('a token that runs out is asked for in time and can be renewed', async () => {
    const member = fleet.member();
    const soon = Math.floor(Date.now() / 1000) + 2;
    const client = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await client.hello(await fleet.token(member, { exp: soon }));
    await until('token_needed', () => client.all('token_needed').length === 1);
    await client.request({ type: 'renew_token', token: await fleet.token(member, { gen: 2 }) });
    await expect(
      client.request({ type: 'renew_token', token: await fleet.token(fleet.member()) }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await sleep(2_500);
    expect(client.closeCode).toBeNull();

    const doomed = fleet.track(await MediaClient.open(fleet.url('node-a')));
    await doomed.hello(await fleet.token(fleet.member(), { exp: Math.floor(Date.now() / 1000) + 2 }));
    expect(await doomed.closed()).toBe(CLOSE.unauthorized);
  });

  test('when a worker dies its clients are told to come back, and can', async () => {
    const member = fleet.member();
    const alice = await fleet.join('node-a', member);
    const [worker] = fleet.node('node-a').pool.workers;
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect(await alice.closed()).toBe(CLOSE.mediaLost);
    await until('the new worker', () => fleet.node('node-a').pool.complete);
    const again = await fleet.join('node-a', member);
    await again.publish('microphone');
  });

  test('nothing is left after many have come and gone', async () => {
    for (let round = 0; round < 3; round += 1) {
      const members = Array.from({ length: 8 }, () => fleet.member());
      const clients = await Promise.all(members.map((member) => fleet.join('node-a', member)));
      await Promise.all(clients.map((client) => client.publish('microphone')));
      await until('all consumers', () => clients.every((client) => client.all('consumer').length >= 7));
      for (const client of clients) client.close();
    }
    const { meetings, pool } = fleet.node('node-a');
    await until(
      'all to be gone',
      () => meetings.participants === 0 && fleet.node('node-a').socketCount === 0,
    );
    const [worker] = pool.workers;
    expect(worker?.counts).toMatchObject({ routers: 0, streams: 0, dataProducers: 0, dataConsumers: 0 });
    expect([...(worker?.counts.transports.values() ?? [])].every((count) => count === 0)).toBe(true);
    expect([...(meetings.all[0]?.streams.all() ?? [])]).toEqual([]);
    fleet.room.refuseWith = CLOSE.notFound;
    fleet.room.drop('node-a');
    await until('the meeting to be gone', () => meetings.all.length === 0);
  });
});
