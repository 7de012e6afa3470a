import type { ParticipantView } from '@meridian/client';
import { expect, test } from 'vitest';
import { stageTiles } from './stage-tiles.ts';
import { AUTO, meetingOf, participant, stream } from './testing.ts';
import { videoWishes } from './video-wishes.ts';

const RECT = { x: 0, y: 0, width: 320.5, height: 180 };

function wishes(
  others: ParticipantView[],
  {
    screenShare = null,
    pinned = null,
    pixelRatio = 1,
  }: {
    screenShare?: ReturnType<typeof meetingOf>['screenShare'] | { participantId: string; streamId: string };
    pinned?: string | null;
    pixelRatio?: number;
  } = {},
) {
  const meeting = meetingOf(others, { screenShare });
  const order = meeting.participants.map(({ id }) => id);
  const { tiles, spotlight } = stageTiles(meeting, order, null, { ...AUTO, selfView: 'tile', pinned });
  return videoWishes(
    tiles.map((tile) => ({ tile, rect: RECT })),
    spotlight,
    pinned,
    pixelRatio,
  );
}

test('asks for the others in device pixels, not for oneself', () => {
  expect(wishes([participant('a')], { pixelRatio: 2 })).toEqual([
    { streamId: 'a:camera', width: 641, height: 360, priority: 100 },
  ]);
});

test('does not ask for cameras that are off, paused or not there', () => {
  const others = [
    participant('a', { video: false }),
    participant('b', { streams: { camera: stream('b', 'camera', true) } }),
    participant('c', { streams: {} }),
  ];
  expect(wishes(others)).toEqual([]);
});

test('a shared screen comes first and matters most', () => {
  const sharer = participant('b', { screen: true, streams: { screen: stream('b', 'screen') } });
  const screenShare = { participantId: 'b', streamId: 'b:screen' };
  const [first, second] = wishes([participant('a'), sharer], { screenShare });
  expect(first).toMatchObject({ streamId: 'b:screen', priority: 255 });
  expect(second).toMatchObject({ streamId: 'a:camera', priority: 100 });
});

test('who is pinned is large', () => {
  const [first, second] = wishes([participant('a'), participant('b')], { pinned: 'b:camera' });
  expect(first).toMatchObject({ streamId: 'b:camera', priority: 200, pinned: true });
  expect(second).toEqual({ streamId: 'a:camera', width: 321, height: 180, priority: 100 });
});
