export type Person = {
  readonly name: string;
  /** Of the picture, in degrees of the colour wheel. */
  readonly hue: number;
  /** As espeak-ng has them: a voice, words a minute, pitch (0–99). */
  readonly voice: { readonly name: string; readonly speed: number; readonly pitch: number };
};

export const CAST = [
  { name: 'Ines Almeida', hue: 205, voice: { name: 'en-us+f3', speed: 160, pitch: 55 } },
  { name: 'Tomas Berg', hue: 150, voice: { name: 'en-gb+m3', speed: 150, pitch: 35 } },
  { name: 'Yuki Mori', hue: 325, voice: { name: 'en-gb+f2', speed: 170, pitch: 65 } },
] as const satisfies readonly Person[];

/** Who says what, in order and over again; `speaker` is a place in CAST. */
export const DIALOGUE = [
  { speaker: 0, text: 'Good morning. Shall we start? The light here is lovely today.' },
  { speaker: 1, text: 'Morning, both of you. Yes, let us begin. I have the numbers of last week.' },
  { speaker: 2, text: 'Hello from my kitchen. I can hear you very well.' },
  { speaker: 1, text: 'So, the new pictures load twice as fast as before.' },
  { speaker: 0, text: 'That is wonderful. What did you change in the end?' },
  { speaker: 2, text: 'We stopped sending what nobody looks at. It sounds simple, does it not?' },
  { speaker: 0, text: 'The best ideas do. And if somebody new joins us now, they see everything at once.' },
  { speaker: 1, text: 'Then let us wait for them, and have some coffee.' },
] as const satisfies readonly { speaker: 0 | 1 | 2; text: string }[];
