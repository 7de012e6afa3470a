import { describe, expect, it } from 'vitest';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { ROOM_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

describe('at the door', () => {
  it('waits without media, is let in, and publishes', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    const track = camera();
    const meeting = await join({ microphone: microphone(), camera: track });
    expect(meeting.snapshot.status).toMatchObject({
      status: 'waiting',
      reason: 'waiting_room',
      title: 'Test',
      offline: false,
    });
    expect(meeting.snapshot.title).toBe('Test');
    expect(meeting.snapshot.participants.map((p) => p.displayName)).toEqual(['Ada']);
    expect(meeting.snapshot.capabilities).toMatchObject({ canUnmute: false, canRaiseHand: false });
    expect(world.node.sockets).toHaveLength(0);
    world.room.letIn(meeting.participantId);
    await world.pass(200);
    expect(meeting.snapshot.status).toEqual({ status: 'connected' });
    expect(meeting.snapshot.code).toBe('123-4567-8901');
    expect(meeting.snapshot.region).toBe('test-1');
    expect([...world.node.published.keys()].sort()).toEqual(['camera', 'microphone']);
    expect(meeting.snapshot.self).toMatchObject({ audio: true, video: true });
  });

  it('keeps the place over a broken connection', async () => {
    const world = start();
    world.room.door = 'host_absent';
    const meeting = await join();
    const { since } = { since: 0, ...meeting.snapshot.status };
    world.network.offline = true;
    world.network.cut(ROOM_URL);
    await world.pass(60_000);
    expect(meeting.snapshot.status).toMatchObject({ status: 'waiting', offline: true, since });
    world.network.offline = false;
    await world.pass(6_000);
    expect(world.room.heard.at(-1)).toMatchObject({ type: 'resume' });
    expect(meeting.snapshot.status).toMatchObject({ status: 'waiting', offline: false, since });
    world.room.letIn(meeting.participantId);
    await world.pass(200);
    expect(meeting.snapshot.status.status).toBe('connected');
  });

  it('is let in while away', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    const meeting = await join({ microphone: microphone() });
    world.network.offline = true;
    world.network.cut(ROOM_URL);
    world.room.letIn(meeting.participantId);
    world.network.offline = false;
    await world.pass(1_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(world.node.published.has('microphone')).toBe(true);
  });

  it('is turned away', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    const meeting = await join();
    world.room.people.get(meeting.participantId)?.socket?.close(4406);
    await world.pass(50);
    expect(meeting.snapshot.status).toMatchObject({ status: 'ended', reason: 'denied' });
    expect(world.network.opened).toHaveLength(1);
  });

  it('obeys at once what is switched meanwhile, and sends nothing of it', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    const meeting = await join({ microphone: microphone(), camera: camera() });
    await meeting.mute();
    await meeting.setCamera(null);
    expect(meeting.snapshot.self).toMatchObject({ audio: false, video: false });
    world.room.letIn(meeting.participantId);
    await world.pass(300);
    expect(world.node.published.get('microphone')).toMatchObject({ paused: true });
    expect(world.node.published.has('camera')).toBe(false);
    expect(world.room.person(meeting.participantId).participant.media).toMatchObject({
      audio: false,
      video: false,
    });
  });

  it('comes in muted where the meeting wants it, also when unmuted at the door', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    world.room.settings.mute_on_entry = true;
    const meeting = await join({ microphone: microphone(), startMuted: true });
    await meeting.unmute();
    world.room.letIn(meeting.participantId);
    await world.pass(300);
    expect(meeting.snapshot.self.audio).toBe(false);
    expect(world.node.messages.find((m) => m.type === 'produce')).toMatchObject({ paused: true });
  });

  it('may do nothing else, and can leave', async () => {
    const world = start();
    world.room.door = 'waiting_room';
    const meeting = await join();
    await expect(meeting.raiseHand(true)).rejects.toMatchObject({ code: 'not_joined' });
    expect(() => meeting.sendChat('hello?')).toThrow(expect.objectContaining({ code: 'not_joined' }));
    const leaving = meeting.leave();
    await world.pass(50);
    await leaving;
    expect(world.room.heard.at(-1)).toMatchObject({ type: 'leave' });
    expect(meeting.snapshot.status).toEqual({ status: 'ended', reason: 'left' });
  });
});

describe('those at the door', () => {
  it('are seen by hosts, first come first, and let in or turned away', async () => {
    const world = start();
    const meeting = await join();
    world.room.door = 'waiting_room';
    const [bob, carol, dora] = ['Bob', 'Carol', 'Dora'].map((name) => world.room.admit(name).participant_id);
    if (!bob || !carol || !dora) throw new Error('nobody came');
    const added = world.room.state().waiting.toReversed();
    world.room.broadcast({ type: 'waiting_room', added, removed: [] }, '', { to: meeting.participantId });
    await world.pass(20);
    expect(meeting.snapshot.waiting.map((person) => person.displayName)).toEqual(['Bob', 'Carol', 'Dora']);
    const { waiting } = meeting.snapshot;
    const admitting = meeting.admit(bob);
    await world.pass(20);
    await admitting;
    expect(meeting.snapshot.waiting.map((person) => person.id)).toEqual([carol, dora]);
    expect(meeting.snapshot.waiting[0]).toBe(waiting[1]);
    expect(meeting.snapshot.participants.map((p) => p.displayName)).toContain('Bob');
    const denying = meeting.deny(carol);
    await world.pass(20);
    await denying;
    const all = meeting.admitAll();
    await world.pass(20);
    await all;
    expect(meeting.snapshot.waiting).toEqual([]);
  });
});
