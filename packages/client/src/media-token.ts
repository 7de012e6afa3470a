import { TOKEN_LIFE } from '@meridian/protocol';
import { MEDIA_TOKEN_MARGIN_MS } from './config.ts';

/** The authorisation for the media node, with its age. The room gives it; nodes ask for a fresh one in time. */
export class MediaToken {
  readonly #request: () => Promise<string>;
  #value = '';
  #since = Number.NEGATIVE_INFINITY;

  /** `request` asks the room for a fresh one. */
  constructor(request: () => Promise<string>) {
    this.#request = request;
  }

  get value(): string {
    return this.#value;
  }

  /** Too old to begin a session with. */
  get stale(): boolean {
    return performance.now() - this.#since > TOKEN_LIFE.media * 1000 - MEDIA_TOKEN_MARGIN_MS;
  }

  /** The room gave one unasked. */
  give(value: string): void {
    this.#value = value;
    this.#since = performance.now();
  }

  /** It was refused. */
  expire(): void {
    this.#since = Number.NEGATIVE_INFINITY;
  }

  async renew(): Promise<string> {
    this.give(await this.#request());
    return this.#value;
  }
}
