import { MeridianError } from '@meridian/protocol';
import type { Config } from '../env.ts';
import { chooseWorker } from './choose-worker.ts';
import type { MediaWorker } from './media-worker.ts';
import { MeetingRouter } from './meeting-router.ts';
import { RouterPipes } from './router-pipes.ts';
import type { WorkerPool } from './worker-pool.ts';

/** A router, and the duty to let go of it once. */
export type RouterHold = { readonly router: MeetingRouter; release(): void };

type Entry = { router: Promise<MeetingRouter>; participants: number; holds: number };

/** The routers of one meeting, at most one per worker, each there while somebody holds it. */
export class MeetingRouters {
  readonly pipes: RouterPipes;
  readonly #config: Config;
  readonly #pool: WorkerPool;
  readonly #entries = new Map<MediaWorker, Entry>();
  #relayWorker: MediaWorker | null = null;
  #closed = false;

  constructor(config: Config, pool: WorkerPool) {
    this.#config = config;
    this.#pool = pool;
    this.pipes = new RouterPipes(config);
  }

  /** Workers the meeting is on. */
  get workers(): readonly MediaWorker[] {
    return [...this.#entries.keys()];
  }

  /** A router for one more participant. */
  async forParticipant(): Promise<RouterHold> {
    await this.#pool.someWorker();
    const worker = this.#choose();
    return this.#hold(worker, 1);
  }

  /** The router where streams of other nodes come in and ours go out: the same for all, while its worker lives. */
  async forRelay(): Promise<RouterHold> {
    await this.#pool.someWorker();
    if (this.#relayWorker === null || this.#relayWorker.closed) this.#relayWorker = this.#choose();
    return this.#hold(this.#relayWorker, 0);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const entry of this.#entries.values()) closeWhenMade(entry);
    this.#entries.clear();
  }

  #choose(): MediaWorker {
    const { workers } = this.#pool;
    const use = workers.map((worker) => ({
      cpu: worker.cpu,
      streams: worker.counts.streams,
      seats: worker.seats,
      ofMeeting: this.#entries.get(worker)?.participants ?? 0,
    }));
    const worker = workers[chooseWorker(use, this.#config.WORKER_STREAMS)];
    if (worker === undefined) throw noWorker();
    return worker;
  }

  async #hold(worker: MediaWorker, participants: 0 | 1): Promise<RouterHold> {
    if (this.#closed) throw new MeridianError('meeting_ended', 'the meeting has been closed');
    const entry = this.#entries.get(worker) ?? this.#open(worker);
    entry.holds += 1;
    entry.participants += participants;
    worker.seats += participants;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      entry.participants -= participants;
      worker.seats -= participants;
      entry.holds -= 1;
      if (entry.holds > 0) return;
      this.#forget(worker, entry);
      closeWhenMade(entry);
    };
    try {
      const router = await entry.router;
      if (router.closed) throw noWorker();
      return { router, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #open(worker: MediaWorker): Entry {
    const router = worker.createRouter().then((made) => new MeetingRouter(made, worker, this.pipes));
    const entry: Entry = { router, participants: 0, holds: 0 };
    this.#entries.set(worker, entry);
    const forget = () => this.#forget(worker, entry);
    router.then(({ router: made }) => {
      if (made.closed) forget();
      else made.observer.once('close', forget);
    }, forget);
    return entry;
  }

  #forget(worker: MediaWorker, entry: Entry): void {
    if (this.#entries.get(worker) === entry) this.#entries.delete(worker);
  }
}

function closeWhenMade({ router }: Entry): void {
  router.then(
    (made) => made.close(),
    () => {},
  );
}

function noWorker(): MeridianError {
  return new MeridianError('overloaded', 'no media worker is running', { retryAfterMs: 1_000 });
}
