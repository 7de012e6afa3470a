import { RELAY } from '../config.ts';
import { type Lease, Publication, type StreamInfo, type Tap } from '../sfu/publication.ts';
import { PulledTap } from '../sfu/pulled-tap.ts';

/** How a relayed stream gets its packets: the link to the node that has it. */
export type StreamSupply = {
  pull(stream: StreamInfo): Promise<Tap>;
  /** Nobody here wants it any more. */
  drop(stream: StreamInfo): void;
};

/**
 * A stream another node offers. It is pulled over the pipe while somebody here has acquired it, and for a
 * moment longer.
 */
export class RelayedStream extends Publication {
  readonly isLocal = false;
  readonly #tap: PulledTap;
  #stream: StreamInfo;
  #closed = false;

  constructor(stream: StreamInfo, supply: StreamSupply) {
    super();
    this.#stream = stream;
    this.#tap = new PulledTap({
      pull: () => supply.pull(this.#stream),
      dropped: () => supply.drop(this.#stream),
      paused: () => this.#stream.paused,
      linger: RELAY.demandLinger,
    });
  }

  get stream(): StreamInfo {
    return this.#stream;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether packets come, or have been asked for. */
  get pulled(): boolean {
    return this.#tap.pulled;
  }

  /** Only layers and the pause state of a generation ever change. */
  update(stream: Pick<StreamInfo, 'layers' | 'paused'>): void {
    if (this.#closed) return;
    this.#stream = { ...this.#stream, layers: stream.layers, paused: stream.paused };
    this.#tap.pauseChanged();
    this.emit('updated');
  }

  acquire(): Promise<Lease> {
    return this.#tap.acquire();
  }

  /** The other node does not offer it any more, or is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tap.close();
    this.emit('closed');
  }
}
