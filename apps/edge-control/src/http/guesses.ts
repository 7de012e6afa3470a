import { CONFIG } from '../config.ts';
import { tooMany } from './rate-limit.ts';

/**
 * Limits wrong passwords per meeting and address. Right ones do not count, so a class behind one address gets
 * in; who has guessed too often is not even listened to for a while, right or wrong.
 */
export class Guesses {
  /** When each may try again, in the order they were blocked. */
  readonly #blockedUntil = new Map<string, number>();

  /** Throws `rate_limited` for those who have to wait. */
  admit(key: string, now: number): void {
    const until = this.#blockedUntil.get(key);
    if (until === undefined) return;
    if (until > now) throw tooMany();
    this.#blockedUntil.delete(key);
  }

  /** Counts a wrong try; throws `rate_limited` when it was one too many. */
  async wrong(limit: RateLimit, key: string, now: number): Promise<void> {
    const { success } = await limit.limit({ key });
    if (success) return;
    this.#blockedUntil.delete(key);
    this.#blockedUntil.set(key, now + CONFIG.http.rateLimitPeriodMs);
    const [oldest] = this.#blockedUntil.keys();
    if (this.#blockedUntil.size > CONFIG.http.maxBlockedGuessers && oldest !== undefined) {
      this.#blockedUntil.delete(oldest);
    }
    throw tooMany();
  }
}
