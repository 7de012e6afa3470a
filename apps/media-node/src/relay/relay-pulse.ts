import { RELAY } from '../config.ts';
import { Silence } from './silence.ts';

export type RelayPulseOptions = {
  ping: () => void;
  /** Over the path of the link, so far. */
  bytesReceived: () => Promise<number>;
  /** It has fallen silent, is so still, or is not any more. */
  silent: (silent: boolean) => void;
};

/** Asks a neighbour again and again for a sign of life, and says when there is none. */
export class RelayPulse {
  readonly #options: RelayPulseOptions;
  readonly #silence = new Silence(performance.now());
  #timer: NodeJS.Timeout | undefined;
  #silent = false;
  #toldAt = 0;

  constructor(options: RelayPulseOptions) {
    this.#options = options;
  }

  get silent(): boolean {
    return this.#silent;
  }

  /** From now on there should be signs of life: the link is up for the first time, or again. */
  start(): void {
    this.heard();
    this.#timer ??= setInterval(() => void this.#beat(), RELAY.pingInterval);
  }

  heard(): void {
    this.#silence.heard(performance.now());
    this.#set(false);
  }

  /** The link is not wanted any more: what becomes of the neighbour is nobody's business. */
  close(): void {
    clearInterval(this.#timer);
    this.#set(false);
  }

  async #beat(): Promise<void> {
    this.#options.ping();
    if (!this.#silence.isSuspected(performance.now())) return;
    // A worker of ours that does not answer says nothing of the neighbour.
    const bytes = await this.#options.bytesReceived().catch(() => null);
    const now = performance.now();
    if (bytes !== null) this.#silence.counted(bytes, now);
    this.#set(bytes !== null && this.#silence.isSuspected(now));
  }

  /** Silence is told of again and again: whoever judges by it may have been away, or have had too little then. */
  #set(silent: boolean): void {
    const now = performance.now();
    if (silent === this.#silent && (!silent || now - this.#toldAt < RELAY.silentAgain)) return;
    this.#silent = silent;
    this.#toldAt = now;
    this.#options.silent(silent);
  }
}
