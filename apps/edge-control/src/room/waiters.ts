import type { Location, signaling, WaitingParticipant } from '@meridian/protocol';
import type { RoundTrips } from '../placement/index.ts';
import type { Caller } from './contract.ts';
import type { Database } from './database.ts';

/** Somebody who has to wait to be let in. They have no node, and hear nothing of the meeting. */
export type Waiter = {
  participant_id: string;
  session_id: string;
  user_id: string | null;
  display_name: string;
  audio_only: boolean;
  location: Location | null;
  /** Empty where nothing was measured. */
  round_trips: RoundTrips;
  /** When they said `join` at the door; null while they are on the way there, and nobody is shown them. */
  since: number | null;
  /** What they want to have on when they come in. */
  media: { audio: boolean; video: boolean };
  /** Why they wait, as they were told last. */
  told: signaling.Waiting['reason'];
  /** As a member's. */
  secret_hash: string | null;
  next_secret_hash: string | null;
};

/** Everybody at the door, in the order they came; held in memory and written through. */
export class Waiters {
  readonly #db: Database;
  readonly #waiters = new Map<string, Waiter>();

  constructor(db: Database) {
    this.#db = db;
    const stored = db
      .all<{ body: string }>('select body from waiting')
      .map(({ body }): Waiter => JSON.parse(body))
      .toSorted((a, b) => (a.since ?? Number.POSITIVE_INFINITY) - (b.since ?? Number.POSITIVE_INFINITY));
    for (const waiter of stored) this.#waiters.set(waiter.participant_id, waiter);
  }

  get size(): number {
    return this.#waiters.size;
  }

  get(participantId: string): Waiter | undefined {
    return this.#waiters.get(participantId);
  }

  find(caller: Caller): Waiter | undefined {
    const waiter = this.#waiters.get(caller.participant_id);
    return waiter?.session_id === caller.session_id ? waiter : undefined;
  }

  all(): Waiter[] {
    return [...this.#waiters.values()];
  }

  /** Those who are there. */
  arrived(): Waiter[] {
    return this.all().filter(({ since }) => since !== null);
  }

  put(waiter: Waiter): void {
    this.#waiters.set(waiter.participant_id, waiter);
    this.#db.run(
      'insert or replace into waiting (participant_id, body) values (?, ?)',
      waiter.participant_id,
      JSON.stringify(waiter),
    );
  }

  update(waiter: Waiter, change: Partial<Waiter>): Waiter {
    const next = { ...waiter, ...change };
    this.put(next);
    return next;
  }

  remove(participantId: string): void {
    if (!this.#waiters.delete(participantId)) return;
    this.#db.run('delete from waiting where participant_id = ?', participantId);
  }

  clear(): void {
    this.#waiters.clear();
    this.#db.run('delete from waiting');
  }
}

/** What hosts see of somebody at the door. */
export function waiterView({ participant_id, display_name, user_id, since }: Waiter): WaitingParticipant {
  return { participant_id, display_name, guest: user_id === null, since: since ?? 0 };
}
