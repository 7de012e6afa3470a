import { describe, expect, it } from 'vitest';
import { arrangeVideo, type VideoSlots } from './video-slots.ts';

const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id }) as MediaStreamTrack) as [
  MediaStreamTrack,
  MediaStreamTrack,
  MediaStreamTrack,
];
const showing = (front: 0 | 1, ...tracks: VideoSlots['tracks']): VideoSlots => ({ front, tracks });

describe('places for pictures', () => {
  it.each<[string, VideoSlots, MediaStreamTrack, MediaStreamTrack | null, VideoSlots]>([
    ['give one that is about to come the other place', showing(0, a, null), a, b, showing(0, a, b)],
    ['let it come to the front where it is', showing(0, a, b), b, null, showing(1, null, b)],
    ['and the one after that', showing(1, null, b), b, c, showing(1, c, b)],
    ['exchange what comes unannounced in its place', showing(1, null, b), a, null, showing(1, null, a)],
    ['forget one that did not come', showing(0, a, b), a, null, showing(0, a, null)],
    ['take another instead of it', showing(0, a, b), a, c, showing(0, a, c)],
    ['show nothing twice', showing(0, a, null), b, b, showing(0, b, null)],
  ])('%s', (_, slots, track, next, expected) => {
    const arranged = arrangeVideo(slots, track, next);
    expect(arranged).toEqual(expected);
    expect(arrangeVideo(arranged, track, next)).toBe(arranged);
  });
});
