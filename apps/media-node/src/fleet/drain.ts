import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeWish } from '@meridian/protocol';
import { DRAIN } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { Meetings } from '../sfu/meetings.ts';

export type DrainOptions = {
  meetings: Pick<Meetings, 'drain' | 'serve' | 'emptied' | 'participants'>;
  /** Tells the cell at once. */
  beat: () => Promise<void>;
  logger: Logger;
};

/**
 * Empties the node: before it stops, or because an operator wants it empty. Then it stays, so that the machine can
 * be worked on, and takes people again when the operator says so.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #stopped = new AbortController();
  /** While an operator wants the node empty: ends the watch over it. */
  #directed: AbortController | null = null;
  #final: Promise<void> | null = null;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** What an operator wants. Said with each registration, so mostly nothing new. */
  directed(wish: NodeWish): void {
    if (this.#final !== null) return;
    if (wish === 'drain' && this.#directed === null) {
      this.#directed = new AbortController();
      void this.#keepDraining(this.#directed.signal);
    } else if (wish === 'serve' && this.#directed !== null) {
      this.#directed.abort();
      this.#directed = null;
      this.#options.logger.info('media node takes participants again');
      this.#options.meetings.serve();
      void this.#options.beat();
    }
  }

  /**
   * For good. Resolves when everybody is gone and nothing passes through any more, `ms` milliseconds have passed, or
   * `stop` was called. What is asked first counts.
   */
  finally(ms: number): Promise<void> {
    this.#directed?.abort();
    this.#final ??= this.#round(ms, this.#stopped.signal);
    return this.#final;
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#directed?.abort();
    this.#stopped.abort();
  }

  async #keepDraining(signal: AbortSignal): Promise<void> {
    do {
      await this.#round(DRAIN.round, signal);
      // Somebody who was let in before the cell knew may still be on the way.
      if (!signal.aborted && this.#options.meetings.participants === 0) return;
    } while (!signal.aborted);
  }

  async #round(ms: number, signal: AbortSignal): Promise<void> {
    const { meetings, beat, logger } = this.#options;
    logger.info({ participants: meetings.participants, timeout_ms: ms }, 'media node drains');
    meetings.drain(Date.now() + ms);
    // Placement should know before the clients, who ask it for another node.
    await beat();
    const over = new AbortController();
    const end = sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => {});
    await Promise.race([meetings.emptied(), end]);
    over.abort();
    if (signal.aborted) return;
    await beat();
    logger.info({ participants: meetings.participants }, 'media node drained');
  }
}
