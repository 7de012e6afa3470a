import { EventEmitter } from 'node:events';
import { MeridianError } from '@meridian/protocol';
import { type Config, SFU } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { DtlsCertificate } from './certificate.ts';
import { MediaWorker } from './media-worker.ts';

type WorkerPoolEvents = {
  /** A worker is gone with everything on it; a new one takes its place by itself. */
  died: [MediaWorker];
};

/** The workers of the node, one per core. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  readonly #config: Config;
  readonly #certificate: DtlsCertificate;
  readonly #logger: Logger;
  readonly #workers = new Map<number, MediaWorker>();
  #closed = false;

  static async create(config: Config, certificate: DtlsCertificate, logger: Logger): Promise<WorkerPool> {
    const pool = new WorkerPool(config, certificate, logger);
    try {
      await Promise.all(Array.from({ length: config.WORKERS }, (_, index) => pool.#start(index)));
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  private constructor(config: Config, certificate: DtlsCertificate, logger: Logger) {
    super();
    this.#config = config;
    this.#certificate = certificate;
    this.#logger = logger;
  }

  get workers(): readonly MediaWorker[] {
    return [...this.#workers.values()];
  }

  get fingerprint(): string {
    return this.#certificate.fingerprint;
  }

  /** Whether every worker runs. */
  get complete(): boolean {
    return this.#workers.size === this.#config.WORKERS;
  }

  /** The worker with the fewest meetings. */
  leastLoaded(): MediaWorker {
    const [first, ...rest] = this.#workers.values();
    if (first === undefined) {
      throw new MeridianError('overloaded', 'no media worker is running', { retryAfterMs: 1_000 });
    }
    return rest.reduce((least, worker) => (worker.routers < least.routers ? worker : least), first);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const worker of this.#workers.values()) worker.close();
    this.#workers.clear();
  }

  async #start(index: number): Promise<void> {
    const worker = await MediaWorker.create(this.#config, index, this.#certificate);
    if (this.#closed) {
      worker.close();
      return;
    }
    this.#workers.set(index, worker);
    worker.onDied((error) => {
      if (this.#closed) return;
      this.#logger.error({ err: error, worker: index }, 'media worker died');
      this.#workers.delete(index);
      this.emit('died', worker);
      this.#restart(index);
    });
  }

  #restart(index: number): void {
    setTimeout(() => {
      if (this.#closed) return;
      this.#start(index).catch((error: unknown) => {
        this.#logger.error({ err: error, worker: index }, 'media worker cannot be started');
        this.#restart(index);
      });
    }, SFU.workerRestartDelay);
  }
}
