import type { Database } from './database.ts';

export type Exclusion = 'removed' | 'denied';

type Person = { session_id: string; user_id: string | null };

/**
 * Who was removed or turned away stays out until this session of the meeting ends: the ticket, and the user when
 * they had signed in. A guest who comes anew cannot be told from another.
 */
export class Exclusions {
  readonly #db: Database;
  readonly #reasons = new Map<string, Exclusion>();

  constructor(db: Database) {
    this.#db = db;
    for (const row of db.all<{ subject: string; reason: Exclusion }>('select * from excluded')) {
      this.#reasons.set(row.subject, row.reason);
    }
  }

  add(person: Person, reason: Exclusion): void {
    for (const subject of subjectsOf(person)) {
      this.#reasons.set(subject, reason);
      this.#db.run('insert or replace into excluded (subject, reason) values (?, ?)', subject, reason);
    }
  }

  ofSession(sessionId: string): Exclusion | undefined {
    return this.#reasons.get(sessionSubject(sessionId));
  }

  ofUser(userId: string | null): Exclusion | undefined {
    return userId === null ? undefined : this.#reasons.get(userSubject(userId));
  }

  clear(): void {
    this.#reasons.clear();
    this.#db.run('delete from excluded');
  }
}

function subjectsOf({ session_id, user_id }: Person): string[] {
  return user_id === null ? [sessionSubject(session_id)] : [sessionSubject(session_id), userSubject(user_id)];
}

const sessionSubject = (id: string) => `session:${id}`;
const userSubject = (id: string) => `user:${id}`;
