import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { encodeBarcode, GRID } from './barcode.ts';

/** Files for Chromium's fake camera and microphone (--use-file-for-fake-video-capture, …-audio-capture). */

export type CameraFormat = {
  width: number;
  height: number;
  fps: number;
  seconds: number;
  /**
   * With a grain that moves over the picture, which takes the bits that a room and a face take. Without it the encoder
   * sends next to nothing, and what the network carries can only be guessed from next to nothing.
   */
  grain?: boolean;
};

const BLACK = 16;
const WHITE = 235;
/** Of the grain: how much it darkens or lightens, its size, and how far it moves from frame to frame (pixels). */
const GRAIN = { depth: 32, pixels: 4, step: 3 };

/** A camera file of one participant (1–15), as YUV4MPEG2 4:2:0. Chromium plays it in a loop. */
export function fakeCamera(directory: string, participant: number, format: CameraFormat): string {
  const { width, height, fps, seconds, grain = false } = format;
  const size = `${width}x${height}-${fps}fps-${seconds}s${grain ? '-grain' : ''}`;
  const file = path.join(directory, `camera-${participant}-${size}.y4m`);
  return writeOnce(file, (out) => {
    writeSync(out, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
    const chroma = Buffer.alloc((width / 2) * (height / 2) * 2, 128);
    const luma = Buffer.alloc(width * height);
    for (let frame = 0; frame < fps * seconds; frame++) {
      drawBlocks(luma, width, height, encodeBarcode({ participant, frame }));
      if (grain) addGrain(luma, width, height, frame);
      writeSync(out, 'FRAME\n');
      writeSync(out, luma);
      writeSync(out, chroma);
    }
  });
}

function drawBlocks(luma: Buffer, width: number, height: number, blocks: readonly boolean[]): void {
  for (let row = 0; row < GRID.rows; row++) {
    const top = Math.floor((row * height) / GRID.rows);
    const bottom = Math.floor(((row + 1) * height) / GRID.rows);
    for (let column = 0; column < GRID.columns; column++) {
      const left = Math.floor((column * width) / GRID.columns);
      const right = Math.floor(((column + 1) * width) / GRID.columns);
      luma.fill(blocks[row * GRID.columns + column] ? WHITE : BLACK, top * width + left, top * width + right);
    }
    for (let y = top + 1; y < bottom; y++) luma.copyWithin(y * width, top * width, (top + 1) * width);
  }
}

function addGrain(luma: Buffer, width: number, height: number, frame: number): void {
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / GRAIN.pixels);
    for (let x = 0; x < width; x++) {
      const column = Math.floor((x + frame * GRAIN.step) / GRAIN.pixels);
      // Any fixed hash that looks like noise will do.
      const noise = (Math.imul((column * 73_856_093) ^ (row * 19_349_663), 2_654_435_761) >>> 24) / 255;
      const at = y * width + x;
      luma[at] = (luma[at] ?? 0) + (noise - ((luma[at] ?? 0) > 128 ? 1 : 0)) * GRAIN.depth;
    }
  }
}

/** Every participant's own pitch: 300 Hz apart, none a harmonic of another among the first four. */
export function toneOf(participant: number): number {
  return 400 + participant * 310;
}

/**
 * A microphone file with the participant's tone: 16-bit mono WAV. The tone comes in bursts, because a browser's
 * voice processing takes a steady one for noise.
 */
export function fakeMicrophone(directory: string, participant: number): string {
  const rate = 48_000;
  const seconds = 6;
  const file = path.join(directory, `microphone-${participant}.wav`);
  return writeOnce(file, (out) => {
    const samples = Buffer.alloc(rate * seconds * 2);
    const frequency = toneOf(participant);
    for (let i = 0; i < rate * seconds; i++) {
      const inBurst = (i / rate) % 0.5 < 0.4;
      const value = inBurst ? Math.sin((2 * Math.PI * frequency * i) / rate) * 0.4 : 0;
      samples.writeInt16LE(Math.round(value * 32_767), i * 2);
    }
    const header = Buffer.alloc(44);
    header.write('RIFF', 0);
    header.writeUInt32LE(36 + samples.length, 4);
    header.write('WAVEfmt ', 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(rate, 24);
    header.writeUInt32LE(rate * 2, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write('data', 36);
    header.writeUInt32LE(samples.length, 40);
    writeSync(out, header);
    writeSync(out, samples);
  });
}

/** Writes beside and renames, so that an interrupted run leaves no half file behind. */
function writeOnce(file: string, write: (descriptor: number) => void): string {
  if (existsSync(file)) return file;
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const out = openSync(unfinished, 'w');
  try {
    write(out);
  } finally {
    closeSync(out);
  }
  renameSync(unfinished, file);
  return file;
}
