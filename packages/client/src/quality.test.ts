import { describe, expect, it } from 'vitest';
import { classify, FIRST_LEVEL, nextLevel, type QualityLevel, scoreOf } from './connection-quality.ts';
import { type MeetingQuality, qualityBetween, sampleOf } from './quality.ts';
import { frozenTracks, statsBetween } from './stats.ts';
import { CHROMIUM_LOOKS } from './testing/chromium-stats.ts';
import { id } from './testing/fake-room.ts';

const [first, second, third, fourth] = CHROMIUM_LOOKS;
const camera = `${id(1)}:camera`;
const tracks = new Map([
  ['sent-audio', { streamId: `${id(1)}:microphone`, moving: false }],
  ['sent-video', { streamId: camera, moving: true }],
]);
const sources = new Map([
  ['sent-audio', 'microphone' as const],
  ['sent-video', 'camera' as const],
]);

describe('a recorded connection', () => {
  it('is good', () => {
    const [before, now] = [first, second].map((look) => sampleOf(look.send, look.recv, look.sample.at));
    const quality = qualityBetween(before ?? null, now ?? sampleOf([], [], 0));
    expect(quality).toMatchObject({ lossDown: 0, lossUp: 0, framesPerSecondDown: 20, framesDropped: 0 });
    expect(quality.bitrateDown).toBeGreaterThan(150_000);
    expect(quality.bitrateUp).toBe(quality.bitrateDown);
    expect(quality.availableUp).toBeGreaterThan(500_000);
    expect(classify(quality, 10)).toBe('good');
  });

  it('shows each stream by itself', () => {
    const { sent, received } = statsBetween(first, second, sources, tracks);
    expect(sent.map((layer) => [layer.source, layer.rid, layer.width, layer.limitedBy])).toEqual([
      ['microphone', null, null, null],
      ['camera', null, 640, null],
    ]);
    expect(received.map((stream) => [stream.streamId, stream.loss, stream.height])).toEqual([
      [`${id(1)}:microphone`, 0, null],
      [camera, 0, 360],
    ]);
    expect(sent[1]?.bitrate).toBeGreaterThan(100_000);
    expect(sent[1]?.bitrate).toBe(received[1]?.bitrate);
    // The first look has nothing to compare with.
    expect(statsBetween(null, first, sources, tracks).received[1]).toMatchObject({ bitrate: 0, loss: 0 });
  });

  it('tells a picture that stands still from one that moves', () => {
    expect(frozenTracks(first, second, tracks)).toEqual(new Set());
    expect(frozenTracks(third, fourth, tracks)).toEqual(new Set(['sent-video']));
    // Paused, or not sent for want of bandwidth: it is not expected to move.
    const still = new Map([['sent-video', { streamId: camera, moving: false }]]);
    expect(frozenTracks(third, fourth, still)).toEqual(new Set());
  });
});

describe('the level of a connection', () => {
  const fine: MeetingQuality = {
    lossDown: 0,
    lossUp: 0,
    rttMs: 40,
    jitterMs: 5,
    bitrateUp: 1e6,
    bitrateDown: 1e6,
    availableUp: 2e6,
    framesPerSecondDown: 30,
    framesDropped: 0,
  };

  it.each<[Partial<MeetingQuality>, number | null, QualityLevel]>([
    [{}, 10, 'good'],
    [{}, null, 'good'],
    [{ rttMs: null, jitterMs: null }, 10, 'good'],
    [{ lossDown: 0.021 }, 10, 'fair'],
    [{ lossUp: 0.03 }, 10, 'fair'],
    [{ lossDown: 0.051 }, 10, 'poor'],
    [{ rttMs: 201 }, 10, 'fair'],
    [{ rttMs: 401 }, 10, 'poor'],
    [{ jitterMs: 51 }, 10, 'fair'],
    [{ jitterMs: 101 }, 10, 'poor'],
    [{}, 7, 'fair'],
    [{}, 4, 'poor'],
    [{ rttMs: 201, lossUp: 0.06 }, 10, 'poor'],
  ])('with %o and score %s is %s', (change, score, level) => {
    expect(classify({ ...fine, ...change }, score)).toBe(level);
  });

  it('changes only when it lasts, but is lost at once', () => {
    const looks: [QualityLevel, QualityLevel][] = [
      ['good', 'good'],
      ['poor', 'good'],
      ['good', 'good'],
      ['poor', 'good'],
      ['fair', 'fair'],
      ['poor', 'fair'],
      ['poor', 'poor'],
      ['good', 'poor'],
      ['fair', 'fair'],
      ['good', 'fair'],
      ['good', 'good'],
      ['lost', 'lost'],
      ['fair', 'fair'],
    ];
    let memory = FIRST_LEVEL;
    for (const [measured, shown] of looks) {
      memory = nextLevel(memory, measured);
      expect(memory.level).toBe(shown);
    }
  });

  it('is that of the worst stream, each by its best encoding', () => {
    expect(scoreOf([])).toBeNull();
    expect(scoreOf([[0, 7, 10], [9]])).toBe(9);
    expect(scoreOf([[0, 4, 0], [10]])).toBe(4);
  });
});
