import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { FOLLOWING, QUALITY_LOOK_MS } from './config.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';
import { NODE_URL, OTHER_NODE_URL } from './testing/world.ts';

const { world: start, join } = useWorld();

/** What the way up is, in the browser's statistics. */
function way() {
  const state = { available: 3_000_000, lost: 0 };
  vi.spyOn(FakeHandler.prototype, 'getTransportStats').mockImplementation(async () => {
    const { available: availableOutgoingBitrate, lost: fractionLost } = state;
    const entries = [
      { id: 'path', type: 'candidate-pair', nominated: true, availableOutgoingBitrate },
      { id: 'before', type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 0 },
      { id: 'remote', type: 'remote-inbound-rtp', fractionLost },
    ];
    return new Map(entries.map((entry) => [entry.id, entry]));
  });
  return state;
}

/** A camera of which two layers are watched, at a session that follows another. */
async function following() {
  const path = way();
  const world = start();
  await join({ camera: camera() });
  world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
  await world.pass(QUALITY_LOOK_MS);
  expect(new Set(world.floors)).toEqual(new Set([0]));
  world.network.cut(NODE_URL);
  await world.pass(500);
  world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
  return { world, path };
}

describe('the estimate of a session that follows another', () => {
  it('does not fall below what keeps the layers flowing that are watched', async () => {
    const published = vi.spyOn(FakeHandler.prototype, 'send');
    const { world, path } = await following();
    expect(world.floors.at(-1)).toBe(475);
    expect(published.mock.lastCall?.[0].codecOptions?.videoGoogleMinBitrate).toBe(475);
    const sessions = world.node.count('hello');
    // Poor for other reasons, or congested with more than that: nothing to be done.
    path.lost = 0.2;
    await world.pass(4 * QUALITY_LOOK_MS);
    expect(world.node.count('hello')).toBe(sessions);
  });

  it('may when the way up has become too bad for it', async () => {
    const published = vi.spyOn(FakeHandler.prototype, 'send');
    const tracks = vi.spyOn(FakeHandler.prototype, 'replaceTrack');
    const { world, path } = await following();
    const sessions = world.node.count('hello');
    Object.assign(path, { available: 475_000, lost: 0.2 });
    await world.pass(4 * QUALITY_LOOK_MS);
    // What follows has to get through beside it, and begins with little.
    expect(tracks.mock.lastCall?.[1]).toBeNull();
    expect(published.mock.lastCall?.[0].codecOptions).toEqual({ videoGoogleStartBitrate: 150 });
    expect(world.node.count('hello')).toBe(sessions + 1);
    expect(world.floors.at(-1)).toBe(0);
    expect(world.node.messages.findLast(({ type }) => type === 'produce')).toMatchObject({ watched: 2 });
    await world.pass(4 * QUALITY_LOOK_MS);
    expect(world.node.count('hello')).toBe(sessions + 1);
  });

  it('counts by the best of the last while, for an estimate that breaks down says little', async () => {
    const path = way();
    const world = start();
    await join({ camera: camera() });
    world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
    await world.pass(QUALITY_LOOK_MS);
    path.available = 600_000;
    await world.pass(FOLLOWING.memoryMs - 2 * QUALITY_LOOK_MS);
    world.network.cut(NODE_URL);
    await world.pass(500);
    expect(world.floors.at(-1)).toBe(475);
    world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
    await world.pass(FOLLOWING.memoryMs);
    world.network.cut(NODE_URL);
    await world.pass(1_000);
    expect(world.floors.at(-1)).toBe(375);
  });

  it('is known to a standby by what the way up carries when it is prepared', async () => {
    way();
    const world = start();
    world.room.standby = { id: 'node-2', url: OTHER_NODE_URL, failover: 'hot' };
    await join({ camera: camera() });
    world.node.send({ type: 'publish_layers', source: 'camera', layers: 2 });
    await world.pass(QUALITY_LOOK_MS - 10);
    expect(world.otherNode.standbys.size).toBe(1);
    expect(world.floors.at(-1)).toBe(475);
  });

  it('goes wherever it goes where one layer or none is sent', async () => {
    way();
    const world = start();
    await join({ camera: camera(320, 180), microphone: microphone() });
    await world.pass(QUALITY_LOOK_MS);
    world.network.cut(NODE_URL);
    await world.pass(500);
    expect(world.node.count('hello')).toBe(2);
    expect(new Set(world.floors)).toEqual(new Set([0]));
  });
});
