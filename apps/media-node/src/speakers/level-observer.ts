import { EventEmitter } from 'node:events';
import type { AudioLevelObserver, Producer, Router } from 'mediasoup/types';
import { SFU, SPEAKERS } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import { LevelSmoothing } from './level-smoothing.ts';

type Watched = { participantId: string; producer: Producer };

/**
 * How loud the participants are whose microphones arrive at one router. mediasoup averages what the senders say
 * of themselves (RFC 6464) and speaks only while somebody is audible.
 */
export class LevelObserver extends EventEmitter<{ changed: []; closed: [] }> {
  readonly #observer: AudioLevelObserver;
  readonly #watched = new Map<string, Watched>();
  readonly #smoothing = new LevelSmoothing();
  #fading: NodeJS.Timeout | undefined;

  static async create(router: Router): Promise<LevelObserver> {
    const observer = await withDeadline(
      router.createAudioLevelObserver({
        maxEntries: SPEAKERS.measured,
        threshold: SPEAKERS.audible,
        interval: SPEAKERS.interval,
      }),
      SFU.workerTimeout,
      'creating a level observer',
      (late) => late.close(),
    );
    return new LevelObserver(observer);
  }

  private constructor(observer: AudioLevelObserver) {
    super();
    this.#observer = observer;
    observer.on('volumes', (volumes) => {
      const measured = new Map<string, number>();
      for (const { producer, volume } of volumes) {
        const id = this.#watched.get(producer.id)?.participantId;
        // Two generations of a microphone may be live at once.
        if (id !== undefined && !producer.paused)
          measured.set(id, Math.max(volume, measured.get(id) ?? volume));
      }
      this.#step(measured);
    });
    observer.on('silence', () => this.#step(new Map()));
    observer.observer.once('close', () => {
      clearTimeout(this.#fading);
      this.#watched.clear();
      this.emit('closed');
    });
  }

  get closed(): boolean {
    return this.#observer.closed;
  }

  /** Smoothed, by participant; only who is audible. */
  get levels(): ReadonlyMap<string, number> {
    return this.#smoothing.levels;
  }

  async watch(participantId: string, producer: Producer): Promise<void> {
    this.#watched.set(producer.id, { participantId, producer });
    const silent = () => {
      this.#smoothing.drop(participantId);
      this.emit('changed');
    };
    producer.observer.on('pause', silent);
    producer.observer.once('close', () => {
      this.#watched.delete(producer.id);
      silent();
    });
    await withDeadline(
      this.#observer.addProducer({ producerId: producer.id }),
      SFU.workerTimeout,
      'watching a microphone',
    );
  }

  close(): void {
    this.#observer.close();
  }

  #step(measured: ReadonlyMap<string, number>): void {
    clearTimeout(this.#fading);
    this.#smoothing.step(measured);
    this.emit('changed');
    // In silence mediasoup says nothing more, so what still fades does so by our clock.
    if (measured.size === 0 && this.levels.size > 0) {
      this.#fading = setTimeout(() => this.#step(measured), SPEAKERS.interval);
    }
  }
}
