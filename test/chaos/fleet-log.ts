import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const DIRECTORY = path.resolve(import.meta.dirname, '../../.meridian/chaos');

/** What nodes and control plane say meanwhile, in the time of the timeline: in a file, as it is long. */
export class FleetLog {
  readonly file: string;

  constructor(seed: number) {
    mkdirSync(DIRECTORY, { recursive: true });
    this.file = path.join(DIRECTORY, `seed-${seed}.log`);
    writeFileSync(this.file, '');
  }

  add(stamp: string, component: string, line: string): void {
    appendFileSync(this.file, `${stamp}  ${component} | ${line}\n`);
  }
}
