import { DurableObject } from 'cloudflare:workers';
import { CONFIG } from '../../config.ts';
import type { SealedAnswer } from './sealed-answer.ts';

type Stored = {
  /** What was asked, as a hash: the same key with another question is a mistake. */
  fingerprint: string;
  claim: string;
  claimed_at: number;
  answer: SealedAnswer | null;
};

export type Claimed =
  /** Nobody has asked this before, or nothing came of it: carry it out, then settle. */
  | { outcome: 'first' }
  | { outcome: 'answered'; answer: SealedAnswer }
  /** Somebody is carrying it out. */
  | { outcome: 'busy' }
  | { outcome: 'different' };

/**
 * One object per caller, route and key. An object does one thing at a time, so of requests that come at once a
 * single one is first, without Postgres. It forgets by its alarm.
 */
export class IdempotencyRecord extends DurableObject {
  /** `claim` names the attempt. */
  async claim(fingerprint: string, claim: string): Promise<Claimed> {
    const { kv } = this.ctx.storage;
    const now = Date.now();
    const stored = kv.get<Stored>('request');
    if (stored) {
      if (stored.fingerprint !== fingerprint) return { outcome: 'different' };
      if (stored.answer) return { outcome: 'answered', answer: stored.answer };
      if (now - stored.claimed_at < CONFIG.idempotency.claimMs) return { outcome: 'busy' };
    }
    kv.put<Stored>('request', { fingerprint, claim, claimed_at: now, answer: null });
    await this.ctx.storage.setAlarm(now + CONFIG.idempotency.keepMs);
    return { outcome: 'first' };
  }

  /** What came of it. Null: nothing that the next try should not do anew. */
  async settle(claim: string, answer: SealedAnswer | null): Promise<void> {
    const { kv } = this.ctx.storage;
    const stored = kv.get<Stored>('request');
    // Somebody else's by now: this attempt took too long.
    if (stored?.claim !== claim) return;
    if (answer) kv.put<Stored>('request', { ...stored, answer });
    else await this.#forget();
  }

  override async alarm(): Promise<void> {
    await this.#forget();
  }

  async #forget(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }
}
