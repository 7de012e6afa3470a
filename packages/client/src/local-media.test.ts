import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { camera, microphone, useWorld } from './testing/use-world.ts';

const { world: start, join } = useWorld();

describe('muting', () => {
  it('takes the track off the sender and tells the node and the room', async () => {
    const world = start();
    const track = microphone();
    const onSender = vi.spyOn(FakeHandler.prototype, 'replaceTrack');
    const meeting = await join({ microphone: track });
    const muting = meeting.mute();
    expect(meeting.snapshot.self.audio).toBe(false);
    await world.pass(50);
    await muting;
    expect(onSender.mock.calls.at(-1)?.[1]).toBeNull();
    expect(world.node.published.get('microphone')?.paused).toBe(true);
    expect(world.room.people.get(meeting.participantId)?.participant.media.audio).toBe(false);
    const unmuting = meeting.unmute();
    await world.pass(50);
    await unmuting;
    expect(onSender.mock.calls.at(-1)?.[1]).toBe(track);
    expect(world.node.published.get('microphone')?.paused).toBe(false);
    expect(track).toMatchObject({ stops: 0, enabled: true });
  });

  it('joins muted without a moment of sound', async () => {
    const world = start();
    const onSender = vi.spyOn(FakeHandler.prototype, 'replaceTrack');
    const meeting = await join({ microphone: microphone(), startMuted: true });
    const produce = world.node.messages.find((message) => message.type === 'produce');
    expect(produce).toMatchObject({ source: 'microphone', paused: true });
    expect(onSender.mock.calls.map(([, track]) => track)).toEqual([null]);
    expect(meeting.snapshot.self.audio).toBe(false);
  });

  it('obeys the rule of the meeting to come in muted', async () => {
    const world = start();
    world.room.settings.mute_on_entry = true;
    const meeting = await join({ microphone: microphone() });
    expect(meeting.snapshot.self.audio).toBe(false);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
  });

  it('stops sending when a host mutes', async () => {
    const world = start();
    const host = world.room.enter('Host');
    const meeting = await join({ microphone: microphone(), camera: camera() });
    world.room.setMedia(meeting.participantId, { audio: false }, host);
    await world.pass(50);
    expect(meeting.snapshot.self.audio).toBe(false);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
    world.room.setMedia(meeting.participantId, { video: false }, host);
    await world.pass(50);
    expect(meeting.snapshot.self.video).toBe(false);
    expect(world.node.published.has('camera')).toBe(false);
  });

  it.each([false, true])('never comes back unmuted from a reconnect (whole state: %s)', async (forgetful) => {
    const world = start();
    const host = world.room.enter('Host');
    world.room.forgetful = forgetful;
    const meeting = await join({ microphone: microphone() });
    world.network.cut();
    world.room.setMedia(meeting.participantId, { audio: false }, host);
    await world.pass(3_000);
    expect(meeting.snapshot.status.status).toBe('connected');
    expect(meeting.snapshot.self.audio).toBe(false);
    expect(world.node.published.get('microphone')).toEqual({ paused: true, layers: 0 });
    expect(world.room.people.get(meeting.participantId)?.participant.media.audio).toBe(false);
  });

  it('mutes at once and tells the room later when it is pressed offline', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone() });
    world.network.cut();
    world.network.offline = true;
    await world.pass(100);
    const muting = meeting.mute();
    expect(meeting.snapshot.self.audio).toBe(false);
    await world.pass(1_000);
    world.network.offline = false;
    world.wakeUp();
    await world.pass(3_000);
    await muting;
    expect(world.room.people.get(meeting.participantId)?.participant.media.audio).toBe(false);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
  });

  it('takes an unmute back that the room refuses', async () => {
    const world = start();
    const meeting = await join({ microphone: microphone(), startMuted: true });
    world.room.refuse = { type: 'unmute', code: 'forbidden' };
    const unmuting = expect(meeting.unmute()).rejects.toMatchObject({ code: 'forbidden' });
    await world.pass(100);
    await unmuting;
    expect(meeting.snapshot.self.audio).toBe(false);
    expect(world.node.published.get('microphone')?.paused).toBe(true);
  });
});
