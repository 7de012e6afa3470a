import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { CUSHION, FIRST_FRAME } from './config.ts';
import type { StatsEntry } from './stats.ts';
import { CHROMIUM_LOOKS } from './testing/chromium-stats.ts';
import { tellPlayed } from './testing/fake-receiver.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

describe('who is heard', () => {
  it('comes from the node; levels do not touch the snapshot', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { audio: true });
    const meeting = await join();
    let levels = 0;
    meeting.levels.subscribe(() => {
      levels += 1;
    });
    const speakers = (level: number, active: string | null) =>
      world.node.send({ type: 'speakers', active, levels: [{ participant_id: bob, level }] });
    speakers(-35, bob);
    await world.pass(20);
    expect(meeting.snapshot.activeSpeakerId).toBe(bob);
    expect(meeting.levels.get().get(bob)).toBe(0.5);
    const { snapshot } = meeting;
    speakers(-10, bob);
    await world.pass(20);
    expect(meeting.levels.get().get(bob)).toBe(1);
    expect(levels).toBe(2);
    expect(meeting.snapshot).toBe(snapshot);
    world.room.broadcast({ type: 'participant_left', participant_id: bob, reason: 'left' }, '');
    await world.pass(20);
    expect(meeting.snapshot.activeSpeakerId).toBeNull();
  });
});

describe('what is received', () => {
  it('is said to each node, when it is not everything', async () => {
    const world = start();
    const meeting = await join({ receive: { audioOnly: true } });
    expect(world.node.messages.find((m) => m.type === 'set_receive')).toMatchObject({
      audio_only: true,
      max_bitrate: null,
    });
    meeting.setReceive({ maxBitrate: 400_000 });
    await world.pass(20);
    world.network.cut(NODE_URL);
    await world.pass(500);
    const said = world.node.messages.filter((m) => m.type === 'set_receive');
    expect(said.map((m) => [m.audio_only, m.max_bitrate])).toEqual([
      [true, null],
      [false, 400_000],
      [false, 400_000],
    ]);
  });

  it('shows which layer of a video arrives', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { video: true });
    const stream = world.node.announce(bob, 'camera');
    const meeting = await join();
    const consumer_id = world.node.consume(stream);
    await world.pass(50);
    const view = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.camera;
    expect(view()?.layer).toBeNull();
    const current = { spatial: 1, temporal: 2 };
    world.node.send({ type: 'layers', consumer_id, stream_id: stream.stream_id, current });
    await world.pass(20);
    expect(view()?.layer).toEqual(current);
    world.node.send({ type: 'layers', consumer_id, stream_id: stream.stream_id, current: null });
    await world.pass(20);
    expect(view()?.layer).toBeNull();
  });
});

describe('how well a stream leaves its sender', () => {
  it('is told with the stream, and not known of its next generation', async () => {
    const world = start();
    const bob = world.room.enter('Bob', { audio: true });
    const { stream_id } = world.node.announce(bob, 'microphone');
    const meeting = await join({ microphone: microphone() });
    await world.pass(20);
    const uplink = () => meeting.snapshot.participants.find((p) => p.id === bob)?.streams.microphone?.uplink;
    expect(uplink()).toBeNull();
    for (const [score, grade] of [
      [10, 'good'],
      [7, 'fair'],
      [2, 'poor'],
      [null, null],
      [2, 'poor'],
    ] as const) {
      world.node.send({ type: 'stream_score', stream_id, score });
      await world.pass(20);
      expect(uplink()).toBe(grade);
    }
    world.node.announce(bob, 'microphone', 2);
    await world.pass(20);
    expect(uplink()).toBeNull();
    // One's own connection is another matter.
    expect(meeting.quality.get()?.score ?? null).toBeNull();
  });
});

describe('a video that begins', () => {
  it('is held back from its first frame on, for a while, and a voice is not', async () => {
    const world = start();
    let flows = false;
    const receivers = tellPlayed(() => (flows ? 1 : null));
    const bob = world.room.enter('Bob', { audio: true, video: true });
    const streams = [world.node.announce(bob, 'microphone'), world.node.announce(bob, 'camera')];
    const meeting = await join();
    meeting.setVideoWishes(
      streams.map(({ stream_id }) => ({ streamId: stream_id, width: 640, height: 360 })),
    );
    for (const stream of streams) world.node.consume(stream);
    await world.pass(200);
    // The first two; another is for mediasoup's probes.
    const targets = () => receivers.slice(0, 2).map(({ jitterBufferTarget }) => jitterBufferTarget);
    expect(targets()).toEqual([null, null]);
    flows = true;
    await world.pass(FIRST_FRAME.pollMs);
    expect(targets()).toEqual([null, CUSHION.targetMs]);
    await world.pass(CUSHION.forMs);
    expect(targets()).toEqual([null, null]);
  });
});

describe('quality', () => {
  it('is measured, reported to the node alone, and lost while media is', async () => {
    const world = start();
    const [first, second] = CHROMIUM_LOOKS;
    let look = first;
    const report = (entries: readonly StatsEntry[]) =>
      new Map(entries.map((entry) => [String(entry.id), entry]));
    vi.spyOn(FakeHandler.prototype, 'getTransportStats').mockImplementation(async function (
      this: FakeHandler,
    ) {
      return report(world.handlers.indexOf(this) % 2 === 0 ? look.send : look.recv);
    });
    const meeting = await join({ microphone: microphone() });
    expect(meeting.quality.get()).toBeNull();
    await world.pass(2_500);
    look = second;
    await world.pass(2_500);
    expect(meeting.quality.get()).toMatchObject({ level: 'good', score: null, lossDown: 0 });
    expect(meeting.quality.get()?.bitrateDown).toBeGreaterThan(150_000);
    expect(world.node.messages.findLast((m) => m.type === 'stats')).toMatchObject({ loss: 0 });
    expect(world.room.heard.every((message) => message.type === 'join')).toBe(true);
    world.node.send({ type: 'score', stream_id: `${meeting.participantId}:microphone`, scores: [3] });
    await world.pass(5_000);
    expect(meeting.quality.get()).toMatchObject({ level: 'poor', score: 3 });
    world.network.offline = true;
    world.network.cut(NODE_URL);
    await world.pass(100);
    expect(meeting.quality.get()?.level).toBe('lost');
    await expect(meeting.stats()).resolves.toBeNull();
  });
});

describe('what is sent', () => {
  it('is encoded in fewer layers when the page asks, without publishing anew', async () => {
    const world = start();
    const layers = vi.spyOn(FakeHandler.prototype, 'setMaxSpatialLayer');
    const meeting = await join({ camera: camera() });
    void meeting.setCameraLayers(1);
    await world.pass(20);
    void meeting.setCameraLayers(null);
    await world.pass(20);
    expect(layers.mock.calls.map(([, layer]) => layer)).toEqual([0, 2]);
    expect(world.node.count('produce')).toBe(1);
    await expect(meeting.setCameraLayers(0)).rejects.toMatchObject({ code: 'unprocessable' });
    // It stays so for the next session: the upper ones begin switched off.
    void meeting.setCameraLayers(1);
    const send = vi.spyOn(FakeHandler.prototype, 'send');
    world.network.cut(NODE_URL);
    await world.pass(500);
    expect(send.mock.calls.at(-1)?.[0].encodings?.map((encoding) => encoding.active)).toEqual([
      true,
      false,
      false,
    ]);
    expect(world.node.published.get('camera')?.layers).toBe(3);
  });
});
