import { expect, test } from 'vitest';
import { arrivalOf, isIdle, scoresOf } from './score-report.ts';
import { StreamDemand } from './stream-demand.ts';

test('there is a score for each encoding, 0 for one that has sent nothing', () => {
  const scores = [
    { encodingIdx: 2, score: 7 },
    { encodingIdx: 0, score: 10 },
  ];
  expect(scoresOf(scores, 3)).toEqual([10, 0, 7]);
  expect(scoresOf([], 1)).toEqual([0]);
});

test('a stream arrives as well as the best of its encodings', () => {
  expect(arrivalOf([4, 0, 0])).toBe(4);
  expect(arrivalOf([])).toBeNull();
});

test('of what is muted, or a video that nobody watches, nothing can be said', () => {
  const demand = new StreamDemand();
  const stream = { stream_id: 'a:camera', generation: 1, participant_id: 'a', codec: 'video/VP8' };
  const camera = { ...stream, source: 'camera' as const, layers: [{ w: 320, h: 180, bps: 1 }] };
  const voice = { ...stream, source: 'microphone' as const, layers: [] };
  expect(isIdle({ stream: { ...camera, paused: false }, demand })).toBe(true);
  expect(isIdle({ stream: { ...voice, paused: false }, demand })).toBe(false);
  demand.set({}, [0]);
  expect(isIdle({ stream: { ...camera, paused: false }, demand })).toBe(false);
  expect(isIdle({ stream: { ...camera, paused: true }, demand })).toBe(true);
});
