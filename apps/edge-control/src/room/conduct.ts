import { ROOM } from './config.ts';
import { type Bucket, fullBucket, type Rate, take } from './token-bucket.ts';

export type Verdict = { allowed: true } | { allowed: false; retryAfterMs: number; flooding: boolean };

/**
 * How much each client asks for, over all its sockets: another socket is no way around the limit. In memory only,
 * since an object that hibernated was not being flooded.
 */
export class Conduct {
  readonly #rate: Rate;
  readonly #clients = new Map<string, { bucket: Bucket; refusals: number }>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether a message may be looked at; if not, when to try again, and whether it is a flood by now. */
  admit(client: string, now: number): Verdict {
    const before = this.#clients.get(client) ?? { bucket: fullBucket(this.#rate, now), refusals: 0 };
    const taken = take(before.bucket, this.#rate, now);
    // Calm for long enough to have a full bucket again: what was before is forgiven.
    const calm = taken.bucket.tokens >= this.#rate.burst - 1;
    const refusals = taken.allowed ? (calm ? 0 : before.refusals) : before.refusals + 1;
    this.#clients.set(client, { bucket: taken.bucket, refusals });
    if (this.#clients.size > ROOM.socket.maxRemembered) this.#forgetCalm(now);
    if (taken.allowed) return { allowed: true };
    return {
      allowed: false,
      retryAfterMs: taken.retryAfterMs,
      flooding: refusals > ROOM.socket.maxRefusals,
    };
  }

  /** A bucket that has filled up again is the same as none. */
  #forgetCalm(now: number): void {
    const fillMs = (this.#rate.burst / this.#rate.perSecond) * 1_000;
    for (const [client, { bucket }] of this.#clients) {
      if (now - bucket.at >= fillMs) this.#clients.delete(client);
    }
  }
}
