import type { Stream } from '@meridian/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toDeviceError } from './devices.ts';
import { codecOptionsOf, encodingsFor, floorOf, screenEncodingFor } from './encodings.ts';
import { sameFingerprint } from './fingerprint.ts';
import { qualityBetween, sampleOf } from './quality.ts';
import { defaultReconnectPolicy } from './reconnect-policy.ts';
import { Retry } from './retry.ts';
import { id } from './testing/fake-room.ts';
import { initialWishes, toWire, Wishes } from './wishes.ts';

describe('the pause between tries', () => {
  it('is none at first, then grows to its cap', () => {
    const highest = [0, 1, 2, 3, 4, 5, 6, 500].map((attempt) => defaultReconnectPolicy(attempt, () => 1));
    expect(highest).toEqual([0, 300, 600, 1_200, 2_400, 4_800, 5_000, 5_000]);
  });

  it('is spread over the whole range', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const pause = defaultReconnectPolicy(attempt, () => random);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(5_000);
        },
      ),
    );
    expect(defaultReconnectPolicy(5, () => 0)).toBe(0);
  });
});

describe('trying again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('does not take a connection that breaks at once for a success', () => {
    const attempts: number[] = [];
    const policy = (attempt: number) => {
      attempts.push(attempt);
      return 10;
    };
    const retry = new Retry(
      policy,
      () => 0,
      () => retry.succeeded(),
    );
    for (let turn = 0; turn < 3; turn += 1) {
      retry.schedule();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(10_000);
    retry.schedule();
    expect(attempts).toEqual([0, 1, 2, 0]);
    retry.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits as long as the server asks, and hurries when told', () => {
    let runs = 0;
    const retry = new Retry(
      () => 10,
      () => 0,
      () => {
        runs += 1;
      },
    );
    retry.schedule(1_000);
    vi.advanceTimersByTime(999);
    expect(runs).toBe(0);
    retry.hurry();
    retry.hurry();
    expect(runs).toBe(1);
    retry.close();
    retry.schedule();
    expect(retry.scheduled).toBe(false);
  });
});

describe('where the encoder starts', () => {
  it.each([
    ['with what is to be sent and some headroom', 650_000, false, 813],
    ['with no more than is sensible', 2_150_000, false, 1_500],
    ['with less on a way that is to carry it all at once', 2_150_000, true, 1_000],
    ['with enough for a picture', 150_000, false, 300],
  ])('%s', (_, needed, prepared, kbps) => {
    const uplink = { floorKbps: 0, narrow: false };
    expect(codecOptionsOf('camera', { needed, uplink, prepared })).toEqual({
      videoGoogleStartBitrate: kbps,
      videoGoogleMinBitrate: 200,
    });
  });

  it('with the least, and nothing to hold it up, where the way up was too narrow', () => {
    const uplink = { floorKbps: 0, narrow: true };
    for (const prepared of [true, false]) {
      expect(codecOptionsOf('camera', { needed: 2_150_000, uplink, prepared })).toEqual({
        videoGoogleStartBitrate: 150,
      });
    }
  });
});

describe('how low the estimate may fall', () => {
  const { layers } = encodingsFor(1280, 720);
  it.each([
    ['as low as it likes where nothing is known', 2, 0, 0],
    ['not below what two layers need', 2, 3_000_000, 475],
    ['nor three', 3, 3_000_000, 1_425],
    ['nor more than part of what there was', 3, 2_000_000, 1_200],
    ['for one layer as low as ever', 1, 3_000_000, 0],
    ['nor on a way that is hardly enough', 2, 300_000, 0],
  ])('%s', (_, count, uplink, floor) => {
    expect(floorOf(layers.slice(0, count), uplink)).toBe(floor);
  });

  it('is no matter of a screen, which only gets coarser', () => {
    expect(floorOf(screenEncodingFor(1920, 1080).layers, 10_000_000)).toBe(0);
  });
});

describe('encodings of a camera', () => {
  it.each([
    [1920, 1080, [480, 960, 1920], [500_000, 1_500_000, 2_500_000]],
    [1280, 720, [320, 640, 1280], [150_000, 500_000, 1_500_000]],
    [960, 540, [240, 480, 960], [150_000, 500_000, 1_500_000]],
    [640, 360, [320, 640], [150_000, 500_000]],
    [320, 180, [320], [150_000]],
    // Held upright.
    [720, 1280, [180, 360, 720], [150_000, 500_000, 1_500_000]],
  ])('of %i × %i', (width, height, widths, bitrates) => {
    const { encodings, layers } = encodingsFor(width, height);
    expect(layers.map((layer) => layer.w)).toEqual(widths);
    expect(layers.map((layer) => layer.bps)).toEqual(bitrates);
    expect(encodings.map((encoding) => encoding.maxBitrate)).toEqual(bitrates);
    expect(encodings.at(-1)?.scaleResolutionDownBy).toBe(1);
  });

  it('declares for any size as many layers as it sends, each larger than the one before', () => {
    const side = fc.integer({ min: 1, max: 8192 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { encodings, layers } = encodingsFor(width, height);
        expect(encodings).toHaveLength(layers.length);
        for (const [index, layer] of layers.entries()) {
          expect(layer.w * layer.h).toBeGreaterThan(index === 0 ? 0 : (layers[index - 1]?.w ?? 0));
        }
        expect(layers.at(-1)).toMatchObject({ w: width, h: height });
      }),
    );
  });

  it('sends a screen as one layer of its own size', () => {
    expect(screenEncodingFor(2560, 1440).layers).toEqual([{ w: 2560, h: 1440, bps: 3_000_000 }]);
  });
});

describe('wishes', () => {
  const stream = (number: number, source: Stream['source']): Stream => ({
    stream_id: `${id(number)}:${source}`,
    generation: 1,
    participant_id: id(number),
    source,
    codec: 'video/VP8',
    layers: [],
    paused: false,
  });

  it('begin with the screen and a grid of cameras', () => {
    const streams = Array.from({ length: 20 }, (_, number) => stream(number, 'camera'));
    const wishes = initialWishes([...streams, stream(3, 'screen'), stream(4, 'microphone')]);
    expect(wishes).toHaveLength(10);
    expect(wishes[0]).toMatchObject({ streamId: `${id(3)}:screen`, priority: 255 });
  });

  it('fit the wire whatever the page measures', () => {
    const streamId = `${id(1)}:camera`;
    const odd = [
      { streamId, width: 0, height: Number.NaN },
      { streamId, width: 1e9, height: 10.2, priority: 0 },
    ];
    expect(toWire(odd)).toEqual([
      { stream_id: streamId, width: 1, height: 1, priority: 1, pinned: false },
      { stream_id: streamId, width: 8192, height: 11, priority: 1, pinned: false },
    ]);
  });

  it('go out at once, and many in a row as the last one', () => {
    vi.useFakeTimers();
    const sent: [number, number | undefined][] = [];
    const wishes = new Wishes();
    const wish = (width: number) => [{ streamId: `${id(1)}:camera`, width, height: 100 }];
    wishes.set(wish(1));
    wishes.connect((version, streams) => {
      sent.push([version, streams[0]?.width]);
      return true;
    });
    for (let width = 2; width < 50; width += 1) wishes.set(wish(width));
    vi.advanceTimersByTime(1_000);
    expect(sent).toEqual([
      [1, 1],
      [2, 49],
    ]);
    wishes.disconnect();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('quality', () => {
  it('is what happened between two looks', () => {
    const recv = (packets: number, lost: number) => [
      {
        type: 'inbound-rtp',
        id: 'voice',
        kind: 'audio',
        packetsReceived: packets,
        packetsLost: lost,
        bytesReceived: packets * 100,
        jitter: 0.01,
      },
      { type: 'inbound-rtp', id: 'camera', kind: 'video', jitter: 0.2 },
      { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 },
    ];
    const send = [{ type: 'candidate-pair', nominated: true, availableOutgoingBitrate: 1e6 }];
    const first = sampleOf(send, recv(100, 0), 0);
    const second = sampleOf(send, recv(190, 10), 1_000);
    expect(qualityBetween(null, first)).toMatchObject({ lossDown: 0, rttMs: 50, bitrateDown: 0 });
    expect(qualityBetween(first, second)).toMatchObject({
      lossDown: 0.1,
      rttMs: 50,
      jitterMs: 10,
      availableUp: 1e6,
      bitrateDown: 72_000,
    });
    // Counters that fall, as those of a receiver that has been used again, count as nothing.
    expect(qualityBetween(second, first)).toMatchObject({ lossDown: 0, bitrateDown: 0 });
  });

  it('does not suffer from a stream that goes, nor gain from one that comes', () => {
    const stream = (name: string, packets: number, lost: number) => ({
      ...{ type: 'inbound-rtp', id: name, kind: 'video', packetsReceived: packets, packetsLost: lost },
      bytesReceived: packets * 1_000,
    });
    const before = sampleOf([], [stream('gone', 90_000, 0), stream('kept', 1_000, 3)], 0);
    const now = sampleOf([], [stream('kept', 1_089, 4), stream('new', 10, 0)], 1_000);
    expect(qualityBetween(before, now)).toMatchObject({ lossDown: 0.01, bitrateDown: 792_000 });
  });
});

describe('the certificate of a node', () => {
  it('is compared whatever the case', () => {
    const shown = [
      { algorithm: 'sha-1', value: 'AA' },
      { algorithm: 'sha-256', value: 'AB:CD' },
    ];
    expect(sameFingerprint('ab:cd', shown)).toBe(true);
    expect(sameFingerprint('sha-256 AB:CD', shown)).toBe(true);
    expect(sameFingerprint('', shown)).toBe(true);
    expect(sameFingerprint('AA', shown)).toBe(false);
  });
});

describe('errors of devices', () => {
  it('have a name a page can explain', () => {
    expect(toDeviceError(new DOMException('no', 'NotAllowedError')).code).toBe('permission_denied');
    expect(toDeviceError(new DOMException('no', 'NotReadableError')).code).toBe('in_use');
    expect(toDeviceError('strange').code).toBe('failed');
  });
});
