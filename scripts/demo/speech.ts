import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { BABBLE_RATE, babble } from './babble.ts';
import type { Person } from './cast.ts';
import { wavOf } from './wav.ts';

const run = promisify(execFile);

const PROGRAM = '/usr/bin/espeak-ng';
/** A line takes it 50 ms. */
const TIMEOUT = 10_000;
/** espeak-ng's pitch 50 is about this. Hz. */
const MIDDLE_PITCH = 150;

/** What a person sounds like saying `text`, as a WAV file. Lines that were synthesised are kept in `cache`. */
export async function speechOf({ voice }: Person, text: string, cache: string): Promise<Buffer> {
  if (!isInstalled()) return wavOf(babble(text, MIDDLE_PITCH * (voice.pitch / 50)), BABBLE_RATE);
  const name = createHash('sha256')
    .update(JSON.stringify([voice, text]))
    .digest('hex')
    .slice(0, 16);
  const file = path.join(cache, `${name}.wav`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept) return kept;
  await mkdir(cache, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const { name: voiceName, speed, pitch } = voice;
  const args = ['-v', voiceName, '-s', String(speed), '-p', String(pitch), '-w', unfinished, '--', text];
  await run(PROGRAM, args, { timeout: TIMEOUT });
  await rename(unfinished, file);
  return readFile(file);
}

function isInstalled(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
