import { describe, expect, it } from 'vitest';
import { longestGap, lostOrDoubled, pictureGap, soundGap } from './gaps.ts';

const at = (...times: number[]) => times.map((time) => ({ at: time, width: 640 }));
const scene = { faultAt: 100, end: 1_000, stillMs: 300 };

describe('longestGap', () => {
  it('counts what ends after the fault, and begins wherever it does', () => {
    expect(longestGap([0, 90, 300, 350], 100)).toEqual({ from: 90, to: 300 });
    expect(longestGap([0, 500, 540, 600], 510)).toEqual({ from: 540, to: 600 });
    expect(longestGap([0, 50], 100)).toBeNull();
  });
});

describe('pictureGap', () => {
  it('is from the last frame to the first', () => {
    expect(pictureGap(at(0, 60, 310, 370, 800), scene)).toMatchObject({ gap: 430 });
    expect(pictureGap(at(0, 60, 310, 370, 430, 600, 800), scene)?.gap).toBe(250);
  });

  it('tells when the picture was whole again', () => {
    const frames = [...at(0, 60), { at: 300, width: 320 }, { at: 400, width: 640 }, ...at(700, 900)];
    expect(pictureGap(frames, scene)?.fullAfter).toBe(600);
    expect(
      pictureGap([...at(0, 60), { at: 300, width: 320 }, { at: 800, width: 320 }], scene)?.fullAfter,
    ).toBe(Number.NaN);
  });

  it('may be longest later than where the picture came back', () => {
    const frames = at(0, 60, 160, 220, 280, 340, 400, 460, 520, 580, 640, 700, 900);
    expect(pictureGap(frames, scene)).toEqual({ gap: 200, fullAfter: 60 });
  });

  it('is none when it has not come back', () => {
    expect(pictureGap(at(0, 60), scene)).toBeNull();
    expect(pictureGap(at(0, 60, 300), scene)).toBeNull();
  });
});

it('a voice has a gap in the same way', () => {
  expect(soundGap([0, 20, 80, 200, 900], scene)).toBe(700);
  expect(soundGap([0, 20, 80], scene)).toBeNull();
});

it('chat is lost or doubled', () => {
  expect(lostOrDoubled(['a', 'b'], ['a', 'b'])).toBe(0);
  expect(lostOrDoubled(['a', 'b'], ['a', 'a', 'c'])).toBe(2);
});
