import type { Producer } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';

/**
 * Brings a producer to the pause state wished last. The wish may change while the worker is being told, so
 * one loop at a time goes on until both agree.
 */
export class PauseControl {
  readonly #producer: Producer;
  #wanted: boolean;
  #settling: Promise<void> | null = null;

  constructor(producer: Producer) {
    this.#producer = producer;
    this.#wanted = producer.paused;
  }

  /** Resolves when the producer is as wished or closed. */
  set(paused: boolean): Promise<void> {
    this.#wanted = paused;
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settle(): Promise<void> {
    while (!this.#producer.closed && this.#producer.paused !== this.#wanted) {
      const change = this.#wanted ? this.#producer.pause() : this.#producer.resume();
      await withDeadline(change, SFU.workerTimeout, 'pausing a stream');
    }
  }
}
