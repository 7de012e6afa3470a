import { createHash } from 'node:crypto';

export const BABBLE_RATE = 22_050;

/** First three formants of vowels, Hz (Peterson and Barney, 1952). */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
  [660, 1720, 2410],
] as const;
const BANDWIDTHS = [80, 110, 160] as const;
/** Seconds. */
const SYLLABLE = { shortest: 0.12, longest: 0.22, pause: 0.25 } as const;
const LETTERS_PER_SYLLABLE = 3;
const LOUDNESS = 0.5;

/**
 * Speech without words, for machines without a speech synthesiser: the source-filter model, a pulse train through
 * resonances that move from vowel to vowel, a syllable for each few letters and a pause where the text has one.
 * The same text always sounds the same.
 */
export function babble(text: string, pitchHz: number): Float32Array {
  const random = randomOf(text);
  const filters = BANDWIDTHS.map((bandwidth) => new Resonance(bandwidth));
  const sound: number[] = [];
  let phase = 0;
  for (const word of text.split(/\s+/)) {
    const syllables = Math.max(1, Math.round(word.length / LETTERS_PER_SYLLABLE));
    for (let i = 0; i < syllables; i++) {
      const vowel = VOWELS[Math.floor(random() * VOWELS.length)] ?? VOWELS[0];
      for (const [k, filter] of filters.entries()) filter.tune(vowel[k] ?? 500);
      const length = Math.round(
        (SYLLABLE.shortest + random() * (SYLLABLE.longest - SYLLABLE.shortest)) * BABBLE_RATE,
      );
      const pitch = pitchHz * (0.9 + random() * 0.25);
      for (let n = 0; n < length; n++) {
        phase += pitch / BABBLE_RATE;
        const pulse = phase >= 1 ? 1 : 0;
        phase %= 1;
        const envelope = Math.sin((Math.PI * n) / length) ** 0.7;
        const source = pulse + (random() - 0.5) * 0.02;
        sound.push(envelope * filters.reduce((sum, filter, k) => sum + filter.pass(source) / (k + 1), 0));
      }
    }
    if (/[.,?!]$/.test(word)) sound.push(...new Array<number>((SYLLABLE.pause * BABBLE_RATE) | 0).fill(0));
  }
  const loudest = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return Float32Array.from(sound, (sample) => (sample / loudest) * LOUDNESS);
}

/** A two-pole resonance, as a formant is one. */
class Resonance {
  readonly #radius: number;
  #angle = 0;
  #last = 0;
  #beforeLast = 0;

  constructor(bandwidth: number) {
    this.#radius = Math.exp((-Math.PI * bandwidth) / BABBLE_RATE);
  }

  tune(frequency: number): void {
    this.#angle = (2 * Math.PI * frequency) / BABBLE_RATE;
  }

  pass(input: number): number {
    const output =
      input + 2 * this.#radius * Math.cos(this.#angle) * this.#last - this.#radius ** 2 * this.#beforeLast;
    this.#beforeLast = this.#last;
    this.#last = output;
    return output;
  }
}

/** Numbers between 0 and 1 that depend on the text alone (mulberry32). */
function randomOf(text: string): () => number {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
