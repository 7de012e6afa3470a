import { type Barcode, decodeBarcode } from '../media/barcode.ts';
import { toneOf } from '../media/fake-devices.ts';
import { until } from '../poll.ts';

export type Tone = { frequency: number; level: number };

/** Somebody to be seen and heard. */
export interface Performer {
  /** 1–15: which picture and tone. */
  readonly number: number;
  readonly name: string;
  participantId(): Promise<string>;
}

/** Somebody whose page shows and plays others. */
export interface Viewer {
  readonly name: string;
  /** What the tile of a participant shows now; null when it shows nothing readable. */
  sees(participantId: string): Promise<Barcode | null>;
  /** The loudest tone of a participant now; null when there is no such sound. */
  hears(participantId: string): Promise<Tone | null>;
}

/** Frequencies further apart than this are different tones. Hz; a bin of the probe's analyser is 6 Hz. */
const TONE_TOLERANCE = 20;
/** Louder is sound, quieter is noise of the codec. dBFS. */
const AUDIBLE = -70;

export const tileVideo = (participantId: string, source: string) =>
  `[data-testid=tile][data-participant-id="${participantId}"][data-source=${source}] video:not([data-behind=true])`;

export const audioElement = (participantId: string) =>
  `audio[data-participant-id="${participantId}"][data-source=microphone]`;

export function barcodeOf(blocks: boolean[] | null): Barcode | null {
  return blocks && decodeBarcode(blocks);
}

/** Waits until the performer's picture is there and moves. */
export async function waitToSee(viewer: Viewer, performer: Performer, timeoutMs: number): Promise<void> {
  const id = await performer.participantId();
  const frames = new Set<number>();
  await until(
    `${viewer.name} sees ${performer.name}`,
    timeoutMs,
    async () => {
      const code = await viewer.sees(id);
      if (code?.participant === performer.number) frames.add(code.frame);
      return frames.size >= 3;
    },
    async () => `(last: ${JSON.stringify(await viewer.sees(id))}, frames: ${frames.size})`,
  );
}

export async function waitToHear(viewer: Viewer, performer: Performer, timeoutMs: number): Promise<void> {
  const id = await performer.participantId();
  const expected = toneOf(performer.number);
  await until(
    `${viewer.name} hears ${performer.name} at ${expected} Hz`,
    timeoutMs,
    async () => {
      const tone = await viewer.hears(id);
      return tone !== null && tone.level > AUDIBLE && Math.abs(tone.frequency - expected) < TONE_TOLERANCE;
    },
    async () => `(last: ${JSON.stringify(await viewer.hears(id))})`,
  );
}
