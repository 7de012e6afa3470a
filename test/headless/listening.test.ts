import { describe, expect, it } from 'vitest';
import { Listening } from './listening.ts';

const INTERVAL = 60;
const DELAY = 20;

function listening() {
  const heard = new Listening({ microphone: INTERVAL, camera: 200 });
  return {
    /** A packet sent at `sentAt`, played `delay` later. */
    play: (counter: number, sentAt = counter * INTERVAL, delay = DELAY, played = true) =>
      heard.received(
        { sender: 7, source: 'microphone', layer: 0, counter, at: sentAt },
        sentAt + delay,
        played,
      ),
    reset: () => heard.reset(),
    get result() {
      return heard.all()[0];
    },
  };
}

describe('Listening', () => {
  it('finds nothing wrong with what comes evenly', () => {
    const ear = listening();
    for (let counter = 10; counter < 30; counter++) ear.play(counter);
    expect(ear.result).toMatchObject({ sender: 7, packets: 20, doubled: 0, lost: 0, gapMs: 0 });
  });

  it('counts what was lost as a gap', () => {
    const ear = listening();
    for (const counter of [0, 1, 2, 8, 9]) ear.play(counter);
    expect(ear.result).toMatchObject({ lost: 5, gapMs: 5 * INTERVAL });
  });

  it('does not take a pause of the sender for a gap', () => {
    const ear = listening();
    ear.play(0);
    ear.play(1);
    ear.play(2, 5_000);
    ear.play(3, 5_060);
    expect(ear.result).toMatchObject({ lost: 0, gapMs: 0 });
  });

  it('tells late from lost, and twice from once', () => {
    const ear = listening();
    for (const counter of [0, 1, 3, 2, 2, 3, 4]) ear.play(counter);
    expect(ear.result).toMatchObject({ lost: 0, doubled: 2 });
  });

  it('does not take for lost or doubled what came over another connection meanwhile', () => {
    const ear = listening();
    for (const counter of [0, 1, 2]) ear.play(counter);
    for (const counter of [2, 3, 4]) ear.play(counter, counter * INTERVAL, DELAY, false);
    for (const counter of [5, 6]) ear.play(counter);
    expect(ear.result).toMatchObject({ lost: 0, doubled: 0, gapMs: 2 * INTERVAL });
  });

  it('counts anew after a reset, and remembers where it was', () => {
    const ear = listening();
    for (const counter of [0, 5, 6]) ear.play(counter);
    ear.reset();
    ear.play(6);
    ear.play(9);
    expect(ear.result).toMatchObject({ packets: 2, doubled: 1, lost: 2 });
  });
});
