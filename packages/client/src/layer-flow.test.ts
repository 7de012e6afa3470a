import fc from 'fast-check';
import { FakeHandler } from 'mediasoup-client';
import { describe, expect, it, vi } from 'vitest';
import { LAYER_FLOW } from './config.ts';
import { flowingLayers } from './layer-flow.ts';
import { camera, microphone, useWorld } from './testing/use-world.ts';

const { world: start, join } = useWorld();
const { frames } = LAYER_FLOW;

describe('which layers flow', () => {
  it.each([
    ['all of them', [0, 0, 0], [15, 15, 15], 3, 3],
    ['the highest has stopped', [100, 100, 100], [115, 115, 100], 3, 2],
    ['a single frame is enough', [100, 100, 100], [115, 101, 101], 3, 3],
    ['one above that still sends does not count', [0, 0, 0], [15, 0, 15], 3, 1],
    ['one that is not encoded is not looked at', [0, 0, 0], [15, 15, 0], 2, 2],
    ['one that nothing is known of has sent nothing', [0], [15], 2, 1],
    ['nothing can be told of a source that stands still', [50, 50, 50], [50 + frames - 1, 50, 50], 3, null],
  ])('%s', (_, before, now, layers, expected) => {
    expect(flowingLayers(before, now, layers)).toBe(expected);
  });

  it('is never none, nor more than are encoded', () => {
    const counts = fc.array(fc.nat(1_000), { maxLength: 4 });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 4 }), (before, sent, layers) => {
        const now = sent.map((count, layer) => (before[layer] ?? 0) + count);
        const flowing = flowingLayers(before, now, layers);
        if (flowing === null) expect(sent[0] ?? 0).toBeLessThan(frames);
        else expect(flowing).toBeGreaterThanOrEqual(1);
        expect(flowing ?? 1).toBeLessThanOrEqual(layers);
      }),
    );
  });
});

describe('a camera of three layers', () => {
  /** Each look finds so many frames more in each layer that is sent. */
  function encode(state: { sent: number }) {
    const counts = [0, 0, 0];
    vi.spyOn(FakeHandler.prototype, 'getSenderStats').mockImplementation(async () => {
      return new Map(
        counts.map((_, layer) => {
          if (layer < state.sent) counts[layer] = (counts[layer] ?? 0) + 10;
          return [`out${layer}`, { type: 'outbound-rtp', rid: `r${layer}`, framesSent: counts[layer] }];
        }),
      );
    });
  }
  const looks = (count: number) => count * LAYER_FLOW.everyMs + 50;
  const trusted = LAYER_FLOW.trustMs + looks(2);

  it('tells the node at once of one that stops, and of its return when it can be trusted', async () => {
    const state = { sent: 3 };
    encode(state);
    const world = start();
    await join({ camera: camera() });
    const told = () =>
      world.node.messages.flatMap((message) => (message.type === 'layers_flowing' ? [message.layers] : []));
    await world.pass(looks(3));
    expect(told()).toEqual([]);
    state.sent = 1;
    await world.pass(looks(1));
    expect(told()).toEqual([1]);
    state.sent = 2;
    await world.pass(trusted);
    state.sent = 3;
    await world.pass(trusted);
    expect(told()).toEqual([1, 2, 3]);
  });

  it('tells of one that stops right after it has begun', async () => {
    const state = { sent: 3 };
    encode(state);
    const world = start();
    await join({ camera: camera() });
    await world.pass(LAYER_FLOW.earlyEveryMs);
    state.sent = 1;
    await world.pass(2 * LAYER_FLOW.earlyEveryMs);
    expect(world.node.messages.filter(({ type }) => type === 'layers_flowing')).toMatchObject([
      { layers: 1 },
    ]);
  });

  it('takes back what it has said when the camera has been off meanwhile', async () => {
    const state = { sent: 3 };
    encode(state);
    const world = start();
    await join({ camera: camera() });
    const watch = async (layers: number) => {
      world.node.send({ type: 'publish_layers', source: 'camera', layers });
      await world.pass(50);
    };
    await world.pass(looks(2));
    state.sent = 2;
    await world.pass(looks(1));
    await watch(0);
    state.sent = 3;
    await world.pass(looks(2));
    await watch(3);
    await world.pass(trusted);
    const told = world.node.messages.flatMap((message) =>
      message.type === 'layers_flowing' ? [message.layers] : [],
    );
    expect(told).toEqual([2, 3]);
  });

  it('says nothing of layers that have never flowed, nor of a camera that is off', async () => {
    const state = { sent: 1 };
    encode(state);
    const world = start();
    const meeting = await join({ microphone: microphone(), camera: camera() });
    await world.pass(looks(4));
    state.sent = 3;
    await world.pass(looks(2));
    const off = meeting.setCamera(null);
    await world.pass(50);
    await off;
    state.sent = 1;
    const asked = vi.mocked(FakeHandler.prototype.getSenderStats).mock.calls.length;
    await world.pass(looks(4));
    expect(vi.mocked(FakeHandler.prototype.getSenderStats).mock.calls.length).toBe(asked);
    expect(world.node.count('layers_flowing')).toBe(0);
  });
});
