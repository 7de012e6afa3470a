import { randomUUID } from 'node:crypto';
import { type Source, streamId } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PEER } from '../config.ts';
import type { StreamInfo } from '../sfu/publication.ts';
import { chooseLayer, highestLayer } from './choose-layer.ts';
import { type Held, planConsumers, wanted } from './plan.ts';

const SIMULCAST = [
  { w: 320, h: 180 },
  { w: 640, h: 360 },
  { w: 1280, h: 720 },
];

describe('chooseLayer', () => {
  test.each([
    [160, 90, 0],
    [320, 180, 0],
    [400, 225, 0],
    [480, 270, 1],
    [640, 360, 1],
    [1280, 720, 2],
    [3840, 2160, 2],
    // A tall tile shows a wide picture at its width.
    [320, 1000, 0],
  ])('a box of %i × %i gets layer %i', (width, height, layer) => {
    expect(chooseLayer(SIMULCAST, width, height)).toBe(layer);
  });

  test('there is none to choose without layers', () => {
    expect(chooseLayer([], 640, 360)).toBeNull();
  });

  test('is always a layer, and a larger box never gets a lower one', () => {
    const size = fc.record({ w: fc.integer({ min: 1, max: 4096 }), h: fc.integer({ min: 1, max: 4096 }) });
    const layers = fc
      .array(size, { minLength: 1, maxLength: 4 })
      .map((all) => all.toSorted((a, b) => a.w * a.h - b.w * b.h));
    fc.assert(
      fc.property(layers, size, fc.integer({ min: 1, max: 4 }), (all, box, factor) => {
        const small = chooseLayer(all, box.w, box.h) ?? -1;
        const large = chooseLayer(all, box.w * factor, box.h * factor) ?? -1;
        return small >= 0 && small < all.length && large >= small;
      }),
    );
  });
});

describe('highestLayer', () => {
  test.each([
    [Number.POSITIVE_INFINITY, 2],
    [720, 2],
    [719, 1],
    [360, 1],
    [100, 0],
  ])('of at most %d lines is layer %i', (lines, layer) => {
    expect(highestLayer(SIMULCAST, lines)).toBe(layer);
    const upright = SIMULCAST.map(({ w, h }) => ({ w: h, h: w }));
    expect(highestLayer(upright, lines)).toBe(layer);
  });
});

const SELF = randomUUID();
const OTHERS = Array.from({ length: 4 }, () => randomUUID());
const SOURCES: Source[] = ['microphone', 'camera', 'screen', 'screen_audio'];

function stream(participant: string, source: Source, generation: number): StreamInfo {
  return {
    stream_id: streamId(participant, source),
    generation,
    participant_id: participant,
    source,
    codec: 'x',
    layers: [],
    paused: false,
  };
}

describe('wanted', () => {
  test('is everybody else’s audio, and of video what was asked for', () => {
    const [other] = OTHERS;
    if (other === undefined) return;
    const streams = [SELF, other].flatMap((id) => SOURCES.map((source) => stream(id, source, 1)));
    const videos = new Set([`${other}:camera`, `${SELF}:camera`, 'gone']);
    const keys = wanted(streams, videos, SELF).keys();
    expect([...keys]).toEqual([`${other}:microphone`, `${other}:camera`, `${other}:screen_audio`]);
  });

  test('is bounded', () => {
    const streams = Array.from({ length: 2 * PEER.maxAudioConsumers }, () =>
      stream(randomUUID(), 'microphone', 1),
    );
    expect(wanted(streams, new Set(), SELF).size).toBe(PEER.maxAudioConsumers);
  });
});

describe('planConsumers', () => {
  const streams = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...OTHERS), fc.constantFrom(...SOURCES)), {
      selector: ([id, source]) => streamId(id, source),
    })
    .chain((keys) =>
      fc.tuple(
        ...keys.map(([id, source]) => fc.integer({ min: 1, max: 3 }).map((g) => stream(id, source, g))),
      ),
    )
    .map((list) => new Map(list.map((entry) => [entry.stream_id, entry])));
  const held = fc
    .array(fc.tuple(fc.constantFrom(...OTHERS), fc.constantFrom(...SOURCES), fc.integer({ min: 1, max: 3 })))
    .map((list) =>
      list.map(([id, source, generation]): Held => ({ streamId: streamId(id, source), generation })),
    );

  test('once carried out there is nothing left to do, and everything wanted is there', () => {
    fc.assert(
      fc.property(streams, held, (want, before) => {
        const plan = planConsumers(want, before);
        const after = [
          ...plan.keep,
          ...plan.create.map((entry) => ({ streamId: entry.stream_id, generation: entry.generation })),
        ];
        expect(planConsumers(want, after)).toEqual({ create: [], keep: after, spare: [] });
        expect([...plan.keep, ...plan.spare]).toHaveLength(before.length);
        for (const entry of want.values()) {
          expect(after.some((c) => c.streamId === entry.stream_id && c.generation >= entry.generation)).toBe(
            true,
          );
        }
        for (const consumer of after) expect(want.has(consumer.streamId)).toBe(true);
      }),
    );
  });

  test('an older generation stays while the newer is being made', () => {
    const [other] = OTHERS;
    if (other === undefined) return;
    const id = streamId(other, 'camera');
    const plan = planConsumers(new Map([[id, stream(other, 'camera', 2)]]), [
      { streamId: id, generation: 1 },
    ]);
    expect(plan.spare).toEqual([]);
    expect(plan.create.map((entry) => entry.generation)).toEqual([2]);
  });
});
