import { now } from '../headless/rtc/tag.ts';

/** What happened when, for whoever has to find out why something went wrong. */
export class Timeline {
  readonly #began = now();
  readonly #lines: string[] = [];
  readonly #echo: (line: string) => void;

  constructor(echo: (line: string) => void) {
    this.#echo = echo;
  }

  /** The time, as lines begin with it. */
  get stamp(): string {
    return `${((now() - this.#began) / 1000).toFixed(2).padStart(8)} s`;
  }

  add(what: string): void {
    const line = `${this.stamp}  ${what}`;
    this.#lines.push(line);
    this.#echo(line);
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}
