import type { Producer } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';

/** A producer or a consumer. */
type Pausable = Pick<Producer, 'closed' | 'paused' | 'pause' | 'resume'>;

/**
 * Brings a producer or consumer to the pause state wished last. The wish may change while the worker is being told, so
 * one loop at a time goes on until both agree.
 */
export class PauseControl {
  readonly #media: Pausable;
  #wanted: boolean;
  #settling: Promise<void> | null = null;

  constructor(media: Pausable) {
    this.#media = media;
    this.#wanted = media.paused;
  }

  /** Resolves when it is as wished or closed. */
  set(paused: boolean): Promise<void> {
    this.#wanted = paused;
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settle(): Promise<void> {
    while (!this.#media.closed && this.#media.paused !== this.#wanted) {
      const change = this.#wanted ? this.#media.pause() : this.#media.resume();
      await withDeadline(change, SFU.workerTimeout, 'pausing a stream');
    }
  }
}
