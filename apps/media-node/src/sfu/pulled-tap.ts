import { MeridianError } from '@meridian/protocol';
import { PauseControl } from './pause-control.ts';
import type { Lease, Tap } from './publication.ts';

export type TapSupply = {
  /** Brings the packets here. */
  pull(): Promise<Tap>;
  /** The tap has been closed because nobody wants it. */
  dropped(): void;
  /** Whether the stream is paused at its origin, now. */
  paused(): boolean;
  /** Milliseconds for which it stays without users. */
  linger: number;
};

/** A tap that is there while somebody holds it, and for a moment longer. One pull serves all who ask. */
export class PulledTap {
  readonly #supply: TapSupply;
  #pulling: Promise<Tap> | null = null;
  #tap: Tap | null = null;
  #pause: PauseControl | null = null;
  #users = 0;
  #retired = false;
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(supply: TapSupply) {
    this.#supply = supply;
  }

  /** Whether packets come, or have been asked for. */
  get pulled(): boolean {
    return this.#pulling !== null;
  }

  async acquire(): Promise<Lease> {
    if (this.#closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    this.#users += 1;
    clearTimeout(this.#linger);
    this.#pulling ??= this.#pull();
    try {
      return this.#lease(await this.#pulling);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** The origin has paused or resumed. */
  pauseChanged(): void {
    // A worker that cannot be told is ill and takes the stream with it.
    this.#pause?.set(this.#supply.paused()).catch(() => this.#tap?.producer.close());
  }

  /** Another has taken its place: it goes with its last user. */
  retire(): void {
    this.#retired = true;
    if (this.#users === 0 && !this.#closed) this.#startLinger();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    this.#tap?.producer.close();
  }

  #lease(tap: Tap): Lease {
    let held = true;
    return {
      ...tap,
      release: () => {
        if (held) this.#release();
        held = false;
      },
    };
  }

  #release(): void {
    this.#users -= 1;
    if (this.#users === 0 && !this.#closed) this.#startLinger();
  }

  async #pull(): Promise<Tap> {
    try {
      const tap = await this.#supply.pull();
      const { producer } = tap;
      if (this.#closed) {
        producer.close();
        throw new MeridianError('unknown_stream', 'the stream is gone');
      }
      this.#tap = tap;
      this.#pause = new PauseControl(producer);
      producer.observer.once('close', () => {
        if (this.#tap === tap) this.#forget();
      });
      if (producer.closed) throw new MeridianError('unknown_stream', 'the pipe is gone');
      // Muted or unmuted on the way here.
      await this.#pause.set(this.#supply.paused());
      return tap;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #startLinger(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#drop(), this.#retired ? 0 : this.#supply.linger);
  }

  #drop(): void {
    if (this.#closed) return;
    if (this.#pulling === null) {
      if (this.#retired) this.#supply.dropped();
      return;
    }
    const tap = this.#tap;
    if (tap === null) {
      // Still on its way: to be dropped when it is here.
      this.#pulling.then(
        () => {
          if (this.#users === 0) this.#startLinger();
        },
        () => {},
      );
      return;
    }
    this.#forget();
    tap.producer.close();
    this.#supply.dropped();
  }

  #forget(): void {
    this.#pulling = null;
    this.#tap = null;
    this.#pause = null;
  }
}
