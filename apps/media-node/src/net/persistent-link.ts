import { CLOSE, type CloseCode, PING_FRAME } from '@meridian/protocol';
import { LINK } from '../config.ts';
import type { Logger } from '../logger.ts';
import { backoff } from './backoff.ts';
import { type DialOptions, WsChannel } from './ws-channel.ts';

export type PersistentLinkOptions = {
  /** Asked for each dial: tokens are short-lived, grants and addresses change. */
  target: () => Promise<DialOptions>;
  opened: () => void;
  message: (frame: string | ArrayBuffer) => void;
  /** The socket is gone. Unless `isFinal` says so of the code, it is dialled again. */
  lost: (code: number) => void;
  isFinal: (code: number) => boolean;
  /** Milliseconds: the longest wait between two dials, beside the time that a dial takes. */
  backoffMax?: () => number;
  logger: Logger;
};

/**
 * A socket that is dialled again for ever, with jitter, until it is closed here or there for good.
 * Keep-alive is a fixed frame and any frame counts as an answer: hibernating peers answer it without waking.
 */
export class PersistentLink {
  readonly #options: PersistentLinkOptions;
  #channel: WsChannel | null = null;
  #attempt = 0;
  #closed = false;
  #heard = 0;
  #retry: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(options: PersistentLinkOptions) {
    this.#options = options;
    void this.#dial();
  }

  get closed(): boolean {
    return this.#closed;
  }

  get connected(): boolean {
    return this.#channel !== null;
  }

  send(frame: string): void {
    this.#channel?.send(frame);
  }

  /** The other side has taken us: a loss from here on is a new one, to be mended at once. */
  accepted(): void {
    this.#attempt = 0;
  }

  /** Gives the present socket up and dials again. */
  reset(code: CloseCode, reason: string): void {
    this.#channel?.close(code, reason);
  }

  close(code: CloseCode = CLOSE.normal, reason = ''): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#channel?.close(code, reason);
  }

  async #dial(): Promise<void> {
    let failed: unknown;
    try {
      const target = await this.#options.target();
      if (this.#closed) return;
      let opened: WsChannel | null = null;
      const channel = await WsChannel.open(target, {
        message: (frame) => this.#received(frame),
        closed: (code) => {
          if (opened !== null && this.#channel === opened) this.#down(code);
        },
      });
      if (this.#closed) {
        channel.close(CLOSE.normal, '');
        return;
      }
      opened = channel;
      this.#channel = channel;
      // Closed between the handshake and here: its event found nobody.
      if (channel.closed) this.#down(1006);
      else this.#up();
      return;
    } catch (error) {
      failed = error;
    }
    if (this.#closed) return;
    // Somebody is there and does not want us: no network mends that.
    const refused = failed instanceof Error && /server response: 4\d\d/.test(failed.message);
    this.#options.logger[refused ? 'warn' : 'debug']({ err: failed }, 'link cannot be opened');
    this.#scheduleDial();
  }

  #up(): void {
    this.#heard = performance.now();
    this.#keepAlive = setInterval(() => this.#checkAlive(), LINK.pingInterval);
    this.#options.opened();
  }

  #received(frame: string | ArrayBuffer): void {
    this.#heard = performance.now();
    this.#options.message(frame);
  }

  #checkAlive(): void {
    if (performance.now() - this.#heard > LINK.pingInterval + LINK.pongTimeout) {
      this.#channel?.close(CLOSE.goingAway, 'no answer');
      return;
    }
    this.#channel?.send(PING_FRAME);
  }

  #down(code: number): void {
    clearInterval(this.#keepAlive);
    this.#channel = null;
    const final = !this.#closed && this.#options.isFinal(code);
    if (final) this.#closed = true;
    this.#options.lost(code);
    if (!this.#closed) this.#scheduleDial();
  }

  #scheduleDial(): void {
    const longest = this.#options.backoffMax?.() ?? LINK.backoffMax;
    const delay = backoff(this.#attempt++, LINK.backoffMin, longest, Math.random);
    this.#retry = setTimeout(() => void this.#dial(), delay);
  }
}
