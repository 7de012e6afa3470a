import { randomUUID } from 'node:crypto';
import { type Source, streamId } from '@meridian/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VIDEO } from '../config.ts';
import type { StreamInfo } from '../sfu/publication.ts';
import { allotVideo, type Conditions } from './allot-video.ts';
import { QUALITIES } from './loss-ladder.ts';
import type { Wish } from './plan.ts';

const LAYERS = [
  { w: 320, h: 180, bps: 150_000 },
  { w: 640, h: 360, bps: 500_000 },
  { w: 1280, h: 720, bps: 1_500_000 },
  { w: 1920, h: 1080, bps: 3_000_000 },
];
const CALM: Conditions = { audioOnly: false, quality: 'full', activeSpeaker: null };
const [ADA, BEN] = [randomUUID(), randomUUID()];

function video(participant: string, source: Source = 'camera', more: Partial<StreamInfo> = {}): StreamInfo {
  return {
    stream_id: streamId(participant, source),
    generation: 1,
    participant_id: participant,
    source,
    codec: 'video/VP8',
    layers: LAYERS,
    paused: false,
    ...more,
  };
}

function wish(stream: StreamInfo, more: Partial<Wish> = {}): Wish {
  return { stream_id: stream.stream_id, width: 1920, height: 1080, priority: 100, pinned: false, ...more };
}

function allot(wanted: [StreamInfo, Partial<Wish>?][], conditions: Partial<Conditions> = {}) {
  const wishes = wanted.map(([stream, more]) => wish(stream, more));
  return allotVideo(
    wanted.map(([stream]) => stream),
    new Map(wishes.map((one) => [one.stream_id, one])),
    { ...CALM, ...conditions },
  );
}

describe('a camera', () => {
  const camera = video(ADA);
  test.each([
    ['full', 1920, 1080, 3, false],
    ['full', 640, 360, 1, false],
    ['full', 213, 120, 0, true],
    ['720p', 1920, 1080, 2, false],
    ['720p', 320, 180, 0, false],
    ['360p15', 1920, 1080, 1, true],
  ] as const)(
    'at quality %s in a box of %i × %i comes in layer %i',
    (quality, width, height, spatial, halfRate) => {
      const allotted = allot([[camera, { width, height }]], { quality });
      expect(allotted.get(camera.stream_id)).toMatchObject({ spatial, halfRate });
    },
  );

  test('steps down beside a screen that is watched, unless it is pinned', () => {
    const screen = video(BEN, 'screen');
    expect(allot([[camera], [screen]]).get(camera.stream_id)?.spatial).toBe(1);
    expect(allot([[camera, { pinned: true }], [screen]]).get(camera.stream_id)?.spatial).toBe(3);
    expect(allot([[camera], [{ ...screen, paused: true }]]).get(camera.stream_id)?.spatial).toBe(3);
  });

  test('without layers is taken as it is', () => {
    expect(allot([[video(ADA, 'camera', { layers: [] })]]).get(camera.stream_id)?.spatial).toBeNull();
  });
});

test('a screen comes in full however small it is shown, with fewer frames where packets are lost', () => {
  const screen = video(ADA, 'screen');
  for (const quality of ['full', '720p', '360p15'] as const) {
    const allotted = allot([[screen, { width: 200, height: 100 }]], { quality });
    expect(allotted.get(screen.stream_id)).toMatchObject({ spatial: 3, halfRate: quality === '360p15' });
  }
});

test('pinned goes before the screen, the screen before who speaks, who speaks before the grid', () => {
  const [pinned, speaking, quiet] = [video(randomUUID()), video(ADA), video(randomUUID())];
  const screen = video(BEN, 'screen');
  const allotted = allot(
    [[quiet, { priority: 255 }], [speaking, { priority: 1 }], [screen], [pinned, { pinned: true }]],
    {
      activeSpeaker: ADA,
    },
  );
  expect([...allotted.keys()]).toEqual([pinned, screen, speaking, quiet].map((one) => one.stream_id));
});

test('no video at all when only audio is wanted, or all that makes sense', () => {
  expect(allot([[video(ADA)]], { audioOnly: true }).size).toBe(0);
  expect(allot([[video(ADA, 'screen')]], { quality: 'audio' }).size).toBe(0);
});

test('never more than lastN, never what is not wished or not there, and always the most important', () => {
  const wanted = fc
    .array(
      fc.record({
        source: fc.constantFrom<Source>('camera', 'screen'),
        width: fc.integer({ min: 1, max: 4096 }),
        height: fc.integer({ min: 1, max: 4096 }),
        priority: fc.integer({ min: 1, max: 255 }),
        pinned: fc.boolean(),
        layers: fc.integer({ min: 0, max: 4 }),
      }),
      { maxLength: 100 },
    )
    .map((all) =>
      all.map(({ source, layers, ...rest }): [StreamInfo, Partial<Wish>] => [
        video(randomUUID(), source, { layers: LAYERS.slice(0, layers) }),
        rest,
      ]),
    );
  fc.assert(
    fc.property(wanted, fc.constantFrom(...QUALITIES), fc.boolean(), (all, quality, audioOnly) => {
      const speaker = all[0]?.[0].participant_id ?? null;
      const conditions = { quality, audioOnly, activeSpeaker: speaker };
      const allotted = allot(all, conditions);
      expect(allotted.size).toBe(quality === 'audio' || audioOnly ? 0 : Math.min(VIDEO.lastN, all.length));
      const chosen = [...allotted.values()].map(({ priority }) => priority);
      expect(chosen).toEqual(chosen.toSorted((a, b) => b - a));
      const better = allot(all, { ...conditions, quality: 'full' });
      for (const [stream, more] of all) {
        const allotment = allotted.get(stream.stream_id);
        if (allotment === undefined) {
          if (allotted.size > 0)
            expect(more?.pinned && Math.min(...chosen) < VIDEO.priority.pinned).toBeFalsy();
          continue;
        }
        const { spatial, priority } = allotment;
        expect(priority >= 1 && priority <= 255).toBe(true);
        if (stream.layers.length === 0) expect(spatial).toBeNull();
        else expect(spatial !== null && spatial >= 0 && spatial < stream.layers.length).toBe(true);
        // Less quality never brings a higher layer.
        expect(spatial ?? 0).toBeLessThanOrEqual(better.get(stream.stream_id)?.spatial ?? 0);
      }
      // A wish for something that is gone allots nothing.
      expect(allotVideo([], new Map(all.map(([s, w]) => [s.stream_id, wish(s, w)])), CALM).size).toBe(0);
    }),
  );
});
