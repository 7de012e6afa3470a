import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'mediasoup/types';
import { PEER, PUBLISH } from '../config.ts';
import { Throttle } from '../net/throttle.ts';
import { firstPacket } from './first-packet.ts';
import { PauseControl } from './pause-control.ts';
import { type Lease, Publication, type StreamInfo, type Tap } from './publication.ts';

/** How it begins. */
export type LocalState = {
  pausedByOwner: boolean;
  hardMuted: boolean;
  announced: boolean;
  /** How many layers were watched at the node before; null when it is new. */
  watched: number | null;
  /** Whether nobody of the meeting is at another node, at any time. */
  everybodyHere: () => boolean;
};

/**
 * A stream published by a peer of this node, or prepared by a standby. Paused while either its owner or a host wants
 * it to be.
 */
export class LocalPublication extends Publication {
  readonly isLocal = true;
  readonly edition = 0;
  readonly #tap: Omit<Tap, 'start'>;
  readonly #started = Promise.withResolvers<void>();
  readonly #producer: Producer;
  readonly #pause: PauseControl;
  #stream: StreamInfo;
  #pausedByOwner: boolean;
  #hardMuted: boolean;
  #announced: boolean;
  #watched: number | null;
  readonly #everybodyHere: () => boolean;
  #waits: boolean;
  #flowing = Number.POSITIVE_INFINITY;
  #score: number | null = null;
  readonly #flow = new Throttle(PUBLISH.flowInterval, () => this.emit('flow'));

  constructor(tap: Omit<Tap, 'start'>, stream: StreamInfo, state: LocalState) {
    super(state.watched === null ? null : state.everybodyHere);
    this.#everybodyHere = state.everybodyHere;
    this.#waits = state.watched !== null;
    const { producer } = tap;
    this.#tap = tap;
    this.#producer = producer;
    this.#pause = new PauseControl(producer);
    this.#stream = stream;
    this.#pausedByOwner = state.pausedByOwner;
    this.#hardMuted = state.hardMuted;
    this.#announced = state.announced;
    this.#watched = state.watched;
    producer.observer.once('close', () => {
      this.#started.resolve();
      this.#flow.close();
      this.emit('closed');
    });
  }

  get stream(): StreamInfo {
    return this.#stream;
  }

  get closed(): boolean {
    return this.#producer.closed;
  }

  override get flowing(): number {
    return this.#flowing;
  }

  override get score(): number | null {
    return this.#score;
  }

  override get announced(): boolean {
    return this.#announced;
  }

  get producer(): Producer {
    return this.#producer;
  }

  /** It comes in anyway, so nobody has to hold it. */
  acquire(): Promise<Lease> {
    return Promise.resolve({ ...this.#tap, start: this.#started.resolve, release: () => {} });
  }

  /** Resolves when somebody can take its packets, or when it is closed. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Its client sends nothing of it until it hears which layers are watched: it was at another node before. */
  get waits(): boolean {
    return this.#waits;
  }

  /** How many layers its client sends from the start; null: all. */
  get watched(): number | null {
    return this.#watched;
  }

  /**
   * What was prepared is live, as this generation. Its packets come by the same producer: of `watched` layers from the
   * start, or, where it `waits`, when it hears that somebody can take them.
   */
  announce(generation: number, { watched, waits }: { watched: number | null; waits: boolean }): void {
    this.#stream = { ...this.#stream, generation };
    this.#watched = watched;
    this.#waits = waits && watched !== null;
    if (this.#waits) this.audience.expectOthers(this.#everybodyHere);
    this.#announced = true;
    this.emit('announced');
  }

  setFlowing(layers: number): void {
    const flowing = layers < this.#stream.layers.length ? layers : Number.POSITIVE_INFINITY;
    if (this.closed || flowing === this.#flowing) return;
    this.#flowing = flowing;
    this.#flow.ask();
  }

  setScore(score: number | null): void {
    if (this.closed || score === this.#score) return;
    this.#score = score;
    this.emit('scored');
  }

  setPausedByOwner(paused: boolean): Promise<void> {
    this.#pausedByOwner = paused;
    return this.#apply();
  }

  setHardMuted(muted: boolean): Promise<void> {
    this.#hardMuted = muted;
    return this.#apply();
  }

  /** Closes this one once `successor` carries media, or after a while without. */
  async yieldTo(successor: LocalPublication): Promise<void> {
    // A successor that sends nothing for being muted has nothing to wait for.
    if (!successor.stream.paused) {
      const flows = await firstPacket(successor.producer, PEER.replaceTimeout);
      if (flows) await sleep(PEER.replaceGrace, undefined, { ref: false });
    }
    if (!successor.closed) this.close();
  }

  close(): void {
    this.#producer.close();
  }

  async #apply(): Promise<void> {
    await this.#pause.set(this.#pausedByOwner || this.#hardMuted);
    const { paused } = this.#producer;
    if (this.closed || this.#stream.paused === paused) return;
    this.#stream = { ...this.#stream, paused };
    this.emit('updated');
  }
}
