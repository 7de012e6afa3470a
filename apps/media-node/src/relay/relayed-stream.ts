import { MeridianError } from '@meridian/protocol';
import type { Producer } from 'mediasoup/types';
import { RELAY } from '../config.ts';
import { PauseControl } from '../sfu/pause-control.ts';
import { Publication, type StreamInfo } from '../sfu/publication.ts';

/** How a relayed stream gets its packets: the link to the node that has it. */
export type StreamSupply = {
  pull(stream: StreamInfo): Promise<Producer>;
  /** Nobody here wants it any more. */
  drop(stream: StreamInfo): void;
};

/**
 * A stream another node offers. It is pulled over the pipe while somebody here has acquired it, and for a
 * moment longer.
 */
export class RelayedStream extends Publication {
  readonly isLocal = false;
  readonly #supply: StreamSupply;
  #stream: StreamInfo;
  #pulling: Promise<Producer> | null = null;
  #producer: Producer | null = null;
  #pause: PauseControl | null = null;
  #users = 0;
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(stream: StreamInfo, supply: StreamSupply) {
    super();
    this.#stream = stream;
    this.#supply = supply;
  }

  get stream(): StreamInfo {
    return this.#stream;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether packets come, or have been asked for. */
  get pulled(): boolean {
    return this.#pulling !== null;
  }

  /** Only layers and the pause state of a generation ever change. */
  update(stream: Pick<StreamInfo, 'layers' | 'paused'>): void {
    if (this.#closed) return;
    this.#stream = { ...this.#stream, layers: stream.layers, paused: stream.paused };
    this.#pause?.set(stream.paused).catch(() => this.#producer?.close());
    this.emit('updated');
  }

  async acquire(): Promise<Producer> {
    if (this.#closed) throw new MeridianError('unknown_stream', 'the stream is gone');
    this.#users += 1;
    clearTimeout(this.#linger);
    this.#pulling ??= this.#pull();
    try {
      return await this.#pulling;
    } catch (error) {
      this.release();
      throw error;
    }
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0 && !this.#closed) this.#startLinger();
  }

  /** The other node does not offer it any more, or is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    this.#producer?.close();
    this.emit('closed');
  }

  async #pull(): Promise<Producer> {
    try {
      const producer = await this.#supply.pull(this.#stream);
      if (this.#closed) {
        producer.close();
        throw new MeridianError('unknown_stream', 'the stream is gone');
      }
      this.#producer = producer;
      this.#pause = new PauseControl(producer);
      producer.observer.once('close', () => this.#forget());
      if (producer.closed) throw new MeridianError('unknown_stream', 'the pipe is gone');
      // Muted or unmuted on the way here.
      await this.#pause.set(this.#stream.paused);
      return producer;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #startLinger(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#drop(), RELAY.demandLinger);
  }

  #drop(): void {
    if (this.#closed || this.#pulling === null) return;
    const producer = this.#producer;
    if (producer === null) {
      // Still on its way: to be dropped when it is here.
      this.#startLinger();
      return;
    }
    this.#forget();
    producer.close();
    this.#supply.drop(this.#stream);
  }

  #forget(): void {
    this.#pulling = null;
    this.#producer = null;
    this.#pause = null;
  }
}
