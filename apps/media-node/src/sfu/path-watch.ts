import type { DtlsState, IceState } from 'mediasoup/types';
import { PEER } from '../config.ts';
import type { NodeObserver } from '../metrics/observer.ts';

/** What of a WebRTC transport is looked at. */
export type WatchedTransport = {
  on(event: 'icestatechange', listener: (state: IceState) => void): unknown;
  on(event: 'dtlsstatechange', listener: (state: DtlsState) => void): unknown;
};

export type PathWatchOptions = {
  transports: readonly WatchedTransport[];
  /** Whether the client's socket is there. */
  attached: () => boolean;
  /** The client cannot be reached over these transports any more. */
  lost: (reason: string) => void;
  observe: Pick<NodeObserver, 'iceLost' | 'dtlsFailed'>;
};

/**
 * Watches whether a client's media has a path. A path that fails may be restored (ICE restart, RFC 8445 §2.4;
 * a network that comes back), so for a while nothing happens.
 */
export class PathWatch {
  readonly #options: PathWatchOptions;
  readonly #grace = new Map<WatchedTransport, NodeJS.Timeout>();

  constructor(options: PathWatchOptions) {
    this.#options = options;
    for (const transport of options.transports) {
      transport.on('icestatechange', (state) => this.#ice(transport, state));
      transport.on('dtlsstatechange', (state) => this.#dtls(state));
    }
  }

  close(): void {
    for (const timer of this.#grace.values()) clearTimeout(timer);
    this.#grace.clear();
  }

  #ice(transport: WatchedTransport, state: IceState): void {
    clearTimeout(this.#grace.get(transport));
    this.#grace.delete(transport);
    if (state !== 'disconnected') return;
    this.#options.observe.iceLost();
    this.#grace.set(
      transport,
      setTimeout(() => this.#options.lost('no path for media'), PEER.linger),
    );
  }

  #dtls(state: DtlsState): void {
    if (state === 'failed') this.#options.observe.dtlsFailed();
    // A client that is gone and has closed its side is not coming back to it.
    if ((state === 'closed' || state === 'failed') && !this.#options.attached()) {
      this.#options.lost(`DTLS ${state}`);
    }
  }
}
