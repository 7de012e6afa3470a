import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { PUBLISH_OVERLAP, SETTLING } from './config.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL, ROOM_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

describe('reconnecting', () => {
  it('resumes signaling, with what was missed, while media goes on', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.cut(ROOM_URL);
    expect(meeting.snapshot.status).toMatchObject({ status: 'reconnecting', signaling: true, media: false });
    world.room.enter('Late');
    world.room.skip();
    world.room.enter('Later');
    await world.pass(1_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(meeting.snapshot.participants.map((p) => p.displayName)).toEqual(['Ada', 'Late', 'Later']);
    expect(world.node.count('hello')).toBe(1);
    // Only what was missed was asked for: the own arrival was event 1.
    expect(world.room.heard.findLast((m) => m.type === 'resume')).toMatchObject({ last_seq: 1 });
  });

  it('notices a missing event and fetches it', async () => {
    const world = start();
    const meeting = await join();
    const person = world.room.people.get(meeting.participantId);
    const socket = person?.socket ?? null;
    if (person) person.socket = null;
    world.room.enter('Unseen');
    if (person) person.socket = socket;
    world.room.enter('Seen');
    await world.pass(1_000);
    expect(meeting.snapshot.participants.map((p) => p.displayName)).toEqual(['Ada', 'Unseen', 'Seen']);
    expect(world.room.heard.filter((message) => message.type === 'resume')).toHaveLength(1);
  });

  it('notices a silent death of either socket', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.freeze();
    await world.pass(4_500);
    expect(meeting.snapshot.status).toMatchObject({ status: 'connected' });
    expect(world.node.count('hello')).toBe(2);
    await world.pass(17_000);
    expect(world.room.heard.some((message) => message.type === 'resume')).toBe(true);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('tries for ever, and at once when the network is back', async () => {
    const world = start();
    const meeting = await join();
    world.network.offline = true;
    world.network.cut();
    await world.pass(10 * 60_000);
    expect(meeting.snapshot.status).toMatchObject({ status: 'reconnecting', signaling: true, media: true });
    world.network.offline = false;
    world.wakeUp();
    await world.pass(60);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('publishes the same tracks and the same wishes on a new media session', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    const track = camera();
    const meeting = await join({ microphone: microphone(), camera: track });
    meeting.setVideoWishes([{ streamId: stream.stream_id, width: 99.5, height: 0, pinned: true }]);
    await world.pass(200);
    world.node.consume(stream);
    await world.pass(100);
    const before = meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera?.track;
    world.network.cut(NODE_URL);
    await world.pass(1_000);
    // Until the new session delivers, the picture there is stays.
    expect(meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera?.track).toBe(before);
    expect([...world.node.published.keys()].sort()).toEqual(['camera', 'microphone']);
    expect(world.node.messages.findLast((m) => m.type === 'subscribe')).toMatchObject({
      streams: [{ stream_id: stream.stream_id, width: 100, height: 1, priority: 1, pinned: true }],
    });
    world.node.consume(stream);
    await world.pass(100);
    const after = meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera?.track;
    expect(after?.id).not.toBe(before?.id);
    await world.pass(PUBLISH_OVERLAP.movedMs + SETTLING.exchangeMs);
    expect(before?.readyState).toBe('ended');
    expect(track).toMatchObject({ stops: 0, enabled: true });
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('restarts ICE first, and makes a new session when that does not help', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    const [send] = world.handlers;
    send?.setConnectionState('disconnected');
    expect(meeting.snapshot.status).toMatchObject({ status: 'reconnecting', media: true });
    await world.pass(2_000);
    expect(world.node.count('restart_ice')).toBe(1);
    expect(world.node.count('hello')).toBe(1);
    send?.setConnectionState('connected');
    expect(meeting.snapshot.status.status).toBe('connected');
    send?.setConnectionState('failed');
    await world.pass(12_000);
    expect(world.node.count('restart_ice')).toBe(2);
    expect(world.node.count('hello')).toBe(2);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('asks the room for another node when this one stays away', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.cut(NODE_URL);
    world.network.offlineAt = NODE_URL;
    world.room.nextNode = { id: 'node-2', url: OTHER_NODE_URL };
    await world.pass(10_000);
    expect(world.room.heard.find((message) => message.type === 'request_node')).toMatchObject({
      node_id: 'node-1',
      reason: 'lost',
    });
    expect(world.otherNode.published.has('microphone')).toBe(true);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('goes on with the node there is while the room has no other', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.cut(NODE_URL);
    world.network.offlineAt = NODE_URL;
    await world.pass(30_000);
    expect(world.room.heard.filter((message) => message.type === 'request_node').length).toBeGreaterThan(1);
    expect(world.room.heard.some((message) => message.type === 'resume')).toBe(false);
    world.network.offlineAt = '';
    await world.pass(10_000);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('connects anew at once when the node says that it has lost the streams', async () => {
    const world = start();
    const track = microphone();
    const meeting = await join({ microphone: track });
    // Something else went wrong just before, so that the policy would wait.
    world.network.cut(NODE_URL);
    await world.pass(500);
    expect(world.node.count('hello')).toBe(2);
    for (const socket of world.node.sockets) socket.close(4502);
    await world.pass(40);
    expect(world.node.count('hello')).toBe(3);
    await world.pass(200);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(track).toMatchObject({ stops: 0, readyState: 'live' });
  });

  it('publishes anew what was being unmuted when the session ended', async () => {
    const world = start();
    const track = microphone();
    const meeting = await join({ microphone: track, startMuted: true });
    // Negotiation hangs until the transport is closed, as what is queued behind it is rejected then.
    const { replaceTrack } = FakeHandler.prototype;
    const hanging = Promise.withResolvers<void>();
    vi.spyOn(FakeHandler.prototype, 'replaceTrack').mockImplementationOnce(() => hanging.promise);
    const unmuting = meeting.unmute();
    await world.pass(20);
    for (const socket of world.node.sockets) socket.close(4502);
    await world.pass(20);
    hanging.reject(new Error('the queue was stopped'));
    await world.pass(500);
    await unmuting;
    vi.mocked(FakeHandler.prototype.replaceTrack).mockImplementation(replaceTrack);
    await world.pass(500);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(meeting.snapshot.self.audio).toBe(true);
    expect(world.node.published.get('microphone')).toMatchObject({ paused: false });
  });

  it('looks for new paths on another network, before the old ones are noticed to be dead', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { audio: true });
    const stream = world.node.announce(bob, 'microphone');
    const meeting = await join({ microphone: microphone() });
    world.node.consume(stream);
    await world.pass(100);
    world.wakeUp('visible');
    await world.pass(50);
    expect(world.node.count('restart_ice')).toBe(0);
    world.wakeUp('network');
    await world.pass(50);
    expect(world.node.count('restart_ice')).toBe(2);
    // What still works stays as it is.
    await world.pass(20_000);
    expect(world.node.count('hello')).toBe(1);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('fetches a token when the old one is refused or runs out', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.node.send({ type: 'token_needed', expires_at: 1 });
    await world.pass(100);
    expect(world.node.messages.findLast((m) => m.type === 'renew_token')).toMatchObject({ token: 'token-1' });
    world.node.refuseHello = 'token_expired';
    world.network.cut(NODE_URL);
    await world.pass(50);
    world.node.refuseHello = null;
    await world.pass(6_000);
    expect(world.room.tokens).toBeGreaterThan(1);
    expect(world.node.messages.findLast((m) => m.type === 'hello')).toMatchObject({
      token: `token-${world.room.tokens}`,
    });
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it.each([
    [4440, 'session_expired'],
    [4403, 'removed'],
    [4410, 'meeting_ended'],
    [4409, 'replaced'],
  ])('takes close code %i as the end', async (code, reason) => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.room.people.get(meeting.participantId)?.socket?.close(code);
    await world.pass(50);
    expect(meeting.snapshot.status).toMatchObject({ status: 'ended', reason });
    await expect(meeting.mute()).rejects.toMatchObject({ code: 'not_joined' });
    expect(world.node.sockets).toHaveLength(0);
  });
});
