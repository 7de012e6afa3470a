import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { TLS } from '../config.ts';
import type { Logger } from '../logger.ts';

export type TlsPair = { certFile: string; keyFile: string };

/** A certificate and its key, as they lie on disk. */
export type TlsState = { expiresAt: number; digest: string };

/** Reads a pair and makes sure that it is one. Throws what is wrong with it. `expiresAt`: epoch milliseconds. */
export function readTlsPair({ certFile, keyFile }: TlsPair): TlsState {
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
  createSecureContext({ cert, key });
  return {
    expiresAt: new X509Certificate(cert).validToDate.getTime(),
    digest: createHash('sha256').update(cert).update(key).digest('hex'),
  };
}

export type TlsWatchOptions = {
  pair: TlsPair;
  /** There is another certificate to use from now on. */
  changed: () => Promise<void>;
  logger: Logger;
};

/**
 * Looks at the files of a certificate now and then. One that cannot be used is no reason to give up the one
 * in use: certificates and keys are replaced one after the other.
 */
export class TlsWatch {
  readonly #options: TlsWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #state: TlsState;
  #checking: Promise<void> | null = null;

  constructor(options: TlsWatchOptions) {
    this.#options = options;
    this.#state = readTlsPair(options.pair);
    this.#timer = setInterval(() => void this.check(), TLS.check);
  }

  /** Of the certificate in use, epoch milliseconds. */
  get expiresAt(): number {
    return this.#state.expiresAt;
  }

  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const { pair, changed, logger } = this.#options;
    try {
      const state = readTlsPair(pair);
      if (state.digest === this.#state.digest) return;
      await changed();
      this.#state = state;
      logger.info({ expires_at: new Date(state.expiresAt).toISOString() }, 'TLS certificate replaced');
    } catch (error) {
      logger.error({ err: error }, 'the new TLS certificate cannot be used');
    }
  }
}
