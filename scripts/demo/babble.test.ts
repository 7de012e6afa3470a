import { describe, expect, it } from 'vitest';
import { BABBLE_RATE, babble } from './babble.ts';
import { wavOf } from './wav.ts';

describe('babble', () => {
  const sound = babble('Good morning. Shall we start?', 120);

  it('lasts as long as somebody would speak, and is loud enough without clipping', () => {
    const seconds = sound.length / BABBLE_RATE;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(4);
    const peak = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const rms = Math.sqrt(sound.reduce((sum, sample) => sum + sample ** 2, 0) / sound.length);
    expect(peak).toBeCloseTo(0.5);
    expect(rms).toBeGreaterThan(0.03);
  });

  it('is the same for the same text only', () => {
    expect(babble('Good morning. Shall we start?', 120)).toEqual(sound);
    expect(babble('Good evening. Shall we start?', 120)).not.toEqual(sound);
  });

  it('is written as a WAV file of its length', () => {
    const wav = wavOf(sound, BABBLE_RATE);
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
    expect(wav.readUInt32LE(24)).toBe(BABBLE_RATE);
    expect(wav.readUInt32LE(40)).toBe(sound.length * 2);
    expect(wav.length).toBe(44 + sound.length * 2);
  });
});
