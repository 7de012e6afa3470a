import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JWKSCacheInput } from 'jose';
import { z } from 'zod';
import type { Logger } from '../logger.ts';

/** What jose keeps of a key set: the keys, and when they were fetched (epoch milliseconds). */
const Kept = z.object({
  jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }),
  uat: z.number(),
});

/**
 * The keys the edge has published, over restarts: a node that starts while the edge is away goes on to know whose tokens
 * are good, and its neighbours' meetings come back over it.
 */
export class KeyStore {
  /** Filled and kept up to date by jose (`jwksCache`). */
  readonly cache: JWKSCacheInput;
  readonly #file: string;
  readonly #logger: Logger;
  #saved: number | undefined;
  #saving: Promise<void> = Promise.resolve();

  /** A file that is not there or not one of ours is as good as none: the keys are fetched. */
  static async open(file: string, logger: Logger): Promise<KeyStore> {
    try {
      const kept = Kept.parse(JSON.parse(await readFile(file, 'utf8')));
      // After a clock that ran ahead they would count as fresh, and no new key would be looked for.
      return new KeyStore(file, { ...kept, uat: Math.min(kept.uat, Date.now()) }, logger);
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!missing) logger.warn({ err: error }, 'the signing keys of the last run cannot be read');
      return new KeyStore(file, {}, logger);
    }
  }

  private constructor(file: string, cache: JWKSCacheInput, logger: Logger) {
    this.#file = file;
    this.cache = cache;
    this.#logger = logger;
    this.#saved = cache.uat;
  }

  /** To be called when the keys may have been fetched anew. Resolves when they are on disk; never rejects. */
  save(): Promise<void> {
    if (this.cache.uat !== this.#saved) {
      this.#saved = this.cache.uat;
      this.#saving = this.#saving.then(() => this.#write());
    }
    return this.#saving;
  }

  /** Replaces the file as a whole: a power cut leaves the old keys or the new ones. */
  async #write(): Promise<void> {
    const beside = `${this.#file}.new`;
    try {
      await mkdir(path.dirname(this.#file), { recursive: true });
      await writeFile(beside, JSON.stringify(this.cache));
      await rename(beside, this.#file);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the signing keys cannot be kept');
    }
  }
}
