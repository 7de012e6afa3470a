import type { MeetingSnapshot, ParticipantView } from '@meridian/client';
import { streamId } from '@meridian/protocol';
import { expect, test } from 'vitest';
import { stageTiles } from './stage-tiles.ts';
import { videoWishes } from './video-wishes.ts';

const NO_TRACKS = { camera: null, screen: null };
const RECT = { x: 0, y: 0, width: 320.5, height: 180 };

function participant(id: string, more: Partial<ParticipantView> = {}): ParticipantView {
  return {
    id,
    displayName: id,
    role: 'participant',
    isSelf: false,
    connection: 'connected',
    audio: true,
    video: true,
    screen: false,
    joinedAt: 0,
    streams: { camera: { streamId: streamId(id, 'camera'), source: 'camera', paused: false, track: null } },
    ...more,
  };
}

function snapshot(
  others: ParticipantView[],
  screenShare: MeetingSnapshot['screenShare'] = null,
): MeetingSnapshot {
  const self = participant('me', { isSelf: true, streams: {} });
  return {
    status: { status: 'connected' },
    meetingId: 'm',
    code: '123-4567-8901',
    title: 'Meeting',
    settings: { mute_on_entry: false, allow_screen_share: 'all', max_participants: 100 },
    startedAt: 0,
    self,
    participants: [self, ...others],
    chat: [],
    screenShare,
    region: 'local',
  };
}

function wishes(state: MeetingSnapshot, pinned: string | null = null, pixelRatio = 1) {
  const { tiles, spotlight } = stageTiles(state, NO_TRACKS, pinned);
  const placed = tiles.map((tile) => ({ tile, rect: RECT }));
  return videoWishes(placed, spotlight, pinned, pixelRatio);
}

test('asks for the others in device pixels, not for oneself', () => {
  expect(wishes(snapshot([participant('a')]), null, 2)).toEqual([
    { streamId: 'a:camera', width: 641, height: 360, priority: 100 },
  ]);
});

test('does not ask for cameras that are off, paused or not there', () => {
  const camera = { streamId: streamId('b', 'camera'), source: 'camera', paused: true, track: null } as const;
  const others = [
    participant('a', { video: false }),
    participant('b', { streams: { camera } }),
    participant('c', { streams: {} }),
  ];
  expect(wishes(snapshot(others))).toEqual([]);
});

test('a shared screen comes first and matters most', () => {
  const screen = { streamId: streamId('b', 'screen'), source: 'screen', paused: false, track: null } as const;
  const sharer = participant('b', { screen: true, streams: { screen } });
  const share = { participantId: 'b', streamId: screen.streamId };
  const [first, second] = wishes(snapshot([participant('a'), sharer], share));
  expect(first).toMatchObject({ streamId: 'b:screen', priority: 255 });
  expect(second).toMatchObject({ streamId: 'a:camera', priority: 100 });
});

test('who is pinned is large', () => {
  const [first, second] = wishes(snapshot([participant('a'), participant('b')]), 'b:camera');
  expect(first).toMatchObject({ streamId: 'b:camera', priority: 200, pinned: true });
  expect(second).toEqual({ streamId: 'a:camera', width: 321, height: 180, priority: 100 });
});

test('a pin on somebody who left does nothing', () => {
  expect(stageTiles(snapshot([]), NO_TRACKS, 'gone:camera').spotlight).toBe(false);
});
