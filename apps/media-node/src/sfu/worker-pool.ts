import { EventEmitter } from 'node:events';
import { MeridianError } from '@meridian/protocol';
import { SFU } from '../config.ts';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import { withDeadline } from '../net/deadline.ts';
import type { DtlsCertificate } from './certificate.ts';
import { MediaWorker } from './media-worker.ts';
import { nextRestart, type RestartState } from './worker-restart.ts';

type WorkerPoolEvents = {
  /** A worker is gone with everything on it; a new one takes its place by itself. */
  died: [MediaWorker];
  /** One has taken the place of a worker that died. */
  replaced: [MediaWorker];
};

/** The workers of the node, one per core. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  /** How many workers the node should have. */
  readonly size: number;
  readonly #config: Config;
  readonly #certificate: DtlsCertificate;
  readonly #logger: Logger;
  readonly #workers = new Map<number, MediaWorker>();
  readonly #restarts = new Map<number, NodeJS.Timeout>();
  #deaths = 0;
  #closed = false;

  static async create(config: Config, certificate: DtlsCertificate, logger: Logger): Promise<WorkerPool> {
    const pool = new WorkerPool(config, certificate, logger);
    try {
      await Promise.all(Array.from({ length: config.WORKERS }, (_, index) => pool.#start(index)));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  private constructor(config: Config, certificate: DtlsCertificate, logger: Logger) {
    super();
    // Everybody who waits for a worker while there is none listens for the next.
    this.setMaxListeners(0);
    this.size = config.WORKERS;
    this.#config = config;
    this.#certificate = certificate;
    this.#logger = logger;
  }

  /** Those that run. */
  get workers(): readonly MediaWorker[] {
    return [...this.#workers.values()];
  }

  get fingerprint(): string {
    return this.#certificate.fingerprint;
  }

  /** Workers that died since the node started. */
  get deaths(): number {
    return this.#deaths;
  }

  /** Whether every worker runs. */
  get complete(): boolean {
    return this.#workers.size === this.size;
  }

  /** Resolves as soon as any worker runs; rejects when none comes up in time. */
  async someWorker(): Promise<void> {
    if (this.#workers.size > 0) return;
    const waiting = new AbortController();
    const came = new Promise<void>((resolve) => {
      const listener = () => resolve();
      this.once('replaced', listener);
      waiting.signal.addEventListener('abort', () => this.off('replaced', listener));
    });
    try {
      await withDeadline(came, SFU.workerWait, 'waiting for a media worker');
    } catch (error) {
      throw new MeridianError('overloaded', 'no media worker is running', {
        cause: error,
        retryAfterMs: 1_000,
      });
    } finally {
      waiting.abort();
    }
  }

  /** Resolves when the processes are gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#restarts.values()) clearTimeout(timer);
    const workers = [...this.#workers.values()];
    this.#workers.clear();
    await Promise.all(workers.map((worker) => worker.close()));
  }

  async #start(index: number, before: RestartState | null = null): Promise<void> {
    const worker = await MediaWorker.create(this.#config, index, this.#certificate);
    if (this.#closed) {
      await worker.close();
      return;
    }
    const startedAt = performance.now();
    this.#workers.set(index, worker);
    if (before !== null) {
      this.#logger.info({ worker: index, pid: worker.pid }, 'media worker replaced');
      this.emit('replaced', worker);
    }
    worker.onDied((error) => {
      if (this.#closed) return;
      this.#logger.error({ err: error, worker: index, pid: worker.pid }, 'media worker died');
      this.#deaths += 1;
      this.#workers.delete(index);
      this.#restart(index, nextRestart(before, performance.now() - startedAt));
      this.emit('died', worker);
    });
  }

  #restart(index: number, restart: RestartState): void {
    const timer = setTimeout(() => {
      this.#start(index, restart).catch((error: unknown) => {
        if (this.#closed) return;
        this.#logger.error({ err: error, worker: index }, 'media worker cannot be started');
        this.#restart(index, nextRestart(restart, 0));
      });
    }, restart.delay);
    this.#restarts.set(index, timer);
  }
}
