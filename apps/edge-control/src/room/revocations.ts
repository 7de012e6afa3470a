import { TOKEN_LIFE } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { Database } from './database.ts';

export type Revocation = {
  session_id: string;
  min_gen: number;
  until: number;
};

/** Sessions that ended, for as long as a media token of theirs could be alive. */
export class Revocations {
  readonly #db: Database;
  readonly #revoked = new Map<string, Revocation>();

  constructor(db: Database) {
    this.#db = db;
    for (const { body } of db.all<{ body: string }>('select body from revoked')) {
      const revocation: Revocation = JSON.parse(body);
      this.#revoked.set(revocation.session_id, revocation);
    }
  }

  all(): Revocation[] {
    return [...this.#revoked.values()];
  }

  add(sessionId: string, gen: number, now: number): Revocation {
    const until = now + TOKEN_LIFE.media * 1_000 + ROOM.tokens.revocationMarginMs;
    const revocation = { session_id: sessionId, min_gen: gen + 1, until };
    this.#revoked.set(sessionId, revocation);
    this.#db.run(
      'insert or replace into revoked (session_id, body) values (?, ?)',
      sessionId,
      JSON.stringify(revocation),
    );
    return revocation;
  }

  /** Forgets what has run out and says when the next one does. */
  prune(now: number): { pruned: boolean; next: number | null } {
    let pruned = false;
    let next: number | null = null;
    for (const { session_id, until } of this.all()) {
      if (until > now) {
        next = Math.min(until, next ?? until);
        continue;
      }
      this.#revoked.delete(session_id);
      this.#db.run('delete from revoked where session_id = ?', session_id);
      pruned = true;
    }
    return { pruned, next };
  }

  clear(): void {
    this.#revoked.clear();
    this.#db.run('delete from revoked');
  }
}
