import type { IceParameters } from '@meridian/protocol';
import { MeridianError } from '@meridian/protocol';
import type { Transport } from 'mediasoup-client/types';
import { ICE_CONNECT_TIMEOUT_MS, ICE_DISCONNECTED_GRACE_MS } from './config.ts';
import { toMeridianError } from './errors.ts';

export type IceGuardOptions = {
  transport: Transport;
  /** Asks the node for fresh ICE parameters. */
  restart(): Promise<IceParameters>;
  /** Connected, for the first time or again, or no longer. */
  changed(): void;
  /** A restart did not help, or the transport never connected. */
  failed(error: MeridianError): void;
};

/** Watches one transport and restarts ICE when packets stop getting through, for example on a new network. */
export class IceGuard {
  readonly #options: IceGuardOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: IceGuardOptions) {
    this.#options = options;
    options.transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      options.changed();
      if (state === 'connected') clearTimeout(this.#timer);
      else if (state === 'connecting') this.#failAfter(ICE_CONNECT_TIMEOUT_MS);
      else if (state === 'disconnected') this.#after(ICE_DISCONNECTED_GRACE_MS, () => void this.#restart());
      else if (state === 'failed') void this.#restart();
    });
  }

  /** Restarts ICE now, before anything is noticed to be wrong, or again: the network has changed. */
  renew(): void {
    if (!this.#closed && this.#options.transport.connectionState !== 'new') void this.#restart();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #restart(): Promise<void> {
    this.#failAfter(ICE_CONNECT_TIMEOUT_MS);
    try {
      const iceParameters = await this.#options.restart();
      if (!this.#closed) await this.#options.transport.restartIce({ iceParameters });
    } catch (error) {
      this.#fail(toMeridianError(error));
    }
  }

  #failAfter(ms: number): void {
    this.#after(ms, () => {
      // A restart of what still works leaves the state as it is.
      if (this.#options.transport.connectionState === 'connected') return;
      this.#fail(new MeridianError('timeout', 'no media path to the node'));
    });
  }

  #after(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }

  #fail(error: MeridianError): void {
    if (this.#closed) return;
    this.close();
    this.#options.failed(error);
  }
}
