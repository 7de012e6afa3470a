import { describe, expect, it } from 'vitest';
import { isRtcp } from '../../media/rtp.ts';
import { Encoder } from './encoder.ts';
import { SyntheticTrack } from './synthetic-track.ts';
import { readTag } from './tag.ts';

function encoder(kind: 'audio' | 'video', encodings: { active?: boolean }[] = [{}]) {
  const sent: Buffer[] = [];
  const source = kind === 'audio' ? 'microphone' : 'camera';
  const made = new Encoder(new SyntheticTrack(kind), { sender: 7, source }, encodings, (packet) =>
    sent.push(packet),
  );
  const tags = () => sent.filter((packet) => !isRtcp(packet)).map(readTag);
  return { made, sent, tags };
}

describe('Encoder', () => {
  it('says in each packet whose it is, its number and its time', () => {
    const { made, tags } = encoder('audio');
    made.encode(41, 1_234.5);
    expect(tags()).toEqual([{ sender: 7, source: 'microphone', layer: 0, counter: 41, at: 1_234.5 }]);
  });

  it('sends the layers that are active, each from a source of its own, with sender reports', () => {
    const { made, sent, tags } = encoder('video', [{}, { active: false }, {}]);
    made.encode(1, 0);
    expect(tags().map((tag) => tag?.layer)).toEqual([0, 2]);
    expect(sent.filter(isRtcp)).toHaveLength(2);
    made.setActive([false, true, false]);
    made.encode(2, 10);
    expect(tags().at(-1)).toMatchObject({ layer: 1, counter: 2 });
    expect(new Set(made.ssrcs).size).toBe(3);
  });

  it('sends nothing while it is paused, without a track, or with one that is switched off', () => {
    const { made, sent } = encoder('audio');
    made.paused = true;
    made.encode(1, 0);
    made.paused = false;
    const { track } = made;
    made.track = null;
    made.encode(2, 0);
    made.track = track;
    if (track) track.enabled = false;
    made.encode(3, 0);
    expect(sent).toHaveLength(0);
  });
});

describe('readTag', () => {
  it('does not take other packets for tagged ones', () => {
    expect(readTag(Buffer.alloc(60, 1))).toBeNull();
    expect(readTag(Buffer.alloc(14))).toBeNull();
  });
});
