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
    if (this.#settling === null && this.#unsettled) this.#settling = this.#settle();
    return this.#settling ?? Promise.resolve();
  }

  get #unsettled(): boolean {
    return !this.#media.closed && this.#media.paused !== this.#wanted;
  }

  async #settle(): Promise<void> {
    try {
      while (this.#unsettled) {
        const change = this.#wanted ? this.#media.pause() : this.#media.resume();
        await withDeadline(change, SFU.workerTimeout, 'pausing a stream');
      }
    } finally {
      // With the last look, or a wish between the two would be lost.
      this.#settling = null;
    }
  }
}
