import { expect, test } from 'vitest';
import { stageTiles } from './stage-tiles.ts';
import { AUTO, meetingOf, participant, stream } from './testing.ts';

const A = participant('a');
const B = participant('b');
const SHARER = participant('b', { screen: true, streams: { screen: stream('b', 'screen') } });
const SHARE = { screenShare: { participantId: 'b', streamId: 'b:screen' } };

function stage(meeting: ReturnType<typeof meetingOf>, view: Partial<typeof AUTO> = {}) {
  const order = meeting.participants.map(({ id }) => id);
  const { tiles, spotlight, floating } = stageTiles(meeting, order, null, { ...AUTO, ...view });
  return { keys: tiles.map(({ key }) => key), spotlight, floating: floating?.key ?? null };
}

test('alone, one sees oneself, even with the self view hidden', () => {
  expect(stage(meetingOf([])).keys).toEqual(['me:camera']);
  expect(stage(meetingOf([]), { selfView: 'hidden' }).keys).toEqual(['me:camera']);
});

test('in a call of two the other has the stage, and oneself a corner', () => {
  expect(stage(meetingOf([A]))).toEqual({ keys: ['a:camera'], spotlight: false, floating: 'me:camera' });
});

test('of three, all are in the grid', () => {
  expect(stage(meetingOf([A, B])).keys).toEqual(['me:camera', 'a:camera', 'b:camera']);
});

test('a shared screen is large, unless the grid was asked for', () => {
  expect(stage(meetingOf([A, SHARER], SHARE))).toMatchObject({ spotlight: true });
  expect(stage(meetingOf([A, SHARER], SHARE)).keys[0]).toBe('b:screen');
  expect(stage(meetingOf([A, SHARER], SHARE), { layout: 'grid' })).toMatchObject({ spotlight: false });
});

test('the speaker layout follows who speaks, but not oneself', () => {
  const large = (activeSpeakerId: string | null) =>
    stage(meetingOf([A, B], { activeSpeakerId }), { layout: 'speaker' }).keys[0];
  expect(large('b')).toBe('b:camera');
  expect(large('me')).toBe('a:camera');
  expect(large(null)).toBe('a:camera');
});

test('who is pinned is large before everything else; a pin on somebody who left does nothing', () => {
  expect(stage(meetingOf([A, SHARER], SHARE), { pinned: 'a:camera' }).keys[0]).toBe('a:camera');
  expect(stage(meetingOf([A, B]), { pinned: 'gone:camera' }).spotlight).toBe(false);
});

test('who sends over a weak connection is marked, whichever of their streams suffers, unless it is muted', () => {
  const weak = (source: 'camera' | 'microphone', paused = false) => {
    const streams = {
      camera: stream('a', 'camera'),
      [source]: { ...stream('a', source, paused), uplink: 'poor' as const },
    };
    const meeting = meetingOf([participant('a', { streams })]);
    return stageTiles(meeting, ['me', 'a'], null, AUTO).tiles.map((tile) => tile.weak);
  };
  expect(weak('camera')).toEqual([true]);
  expect(weak('microphone')).toEqual([true]);
  expect(weak('microphone', true)).toEqual([false]);
});

test('with sound alone, no video is asked for', () => {
  const order = ['me', 'a', 'b'];
  const { tiles } = stageTiles(meetingOf([A, SHARER], SHARE), order, null, { ...AUTO, audioOnly: true });
  expect(tiles.every(({ streamId }) => streamId === null)).toBe(true);
  expect(tiles.some(({ source }) => source === 'screen')).toBe(false);
});
