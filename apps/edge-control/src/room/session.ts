import type { ScreenShare } from '@meridian/protocol';
import type { MeetingRecord } from './contract.ts';
import type { Database } from './database.ts';
import type { Bucket } from './token-bucket.ts';

/** One run of the meeting, from its first joiner to its end. Kept until two hours after that. */
export type Session = {
  meeting: Omit<MeetingRecord, 'status'>;
  meeting_session_id: string;
  room_epoch: number;
  /** `ending`: everybody is out, the outbox is not yet confirmed. */
  phase: 'active' | 'ending' | 'ended';
  /** When the first one came in; until then, when the first one came to the door. */
  started_at: number;
  /** Somebody has been in. Nothing of a session that was only waited for goes to Postgres. */
  opened: boolean;
  ended_at: number | null;
  /** Then nobody can join again; a session that merely emptied is followed by another. */
  ended_by_host: boolean;
  /** Seq of the latest event, and of the latest that everybody got. */
  seq: number;
  last_public_seq: number;
  outbox_seq: number;
  desired_version: number;
  screen_share: ScreenShare | null;
  /** Nobody new gets in but hosts. */
  locked: boolean;
  /** A host has been there: from then on nobody waits for one. */
  host_seen: boolean;
  /** What is left of everybody's tries at the host key. */
  host_key_tries: Bucket | null;
};

/** The one session row, held in memory. Written once per transaction, however often it changed. */
export class SessionStore {
  readonly #db: Database;
  #current: Session | null;
  #dirty = false;

  constructor(db: Database) {
    this.#db = db;
    const row = db.first<{ body: string }>('select body from session');
    this.#current = row ? JSON.parse(row.body) : null;
  }

  get current(): Session | null {
    return this.#current;
  }

  /** The session while it runs. */
  get active(): Session | null {
    return this.#current?.phase === 'active' ? this.#current : null;
  }

  /** Changed since it was last written. */
  get isDirty(): boolean {
    return this.#dirty;
  }

  begin(session: Session): void {
    this.#current = session;
    this.#dirty = true;
  }

  update(change: Partial<Session>): Session {
    if (!this.#current) throw new Error('there is no session to change');
    this.#current = { ...this.#current, ...change };
    this.#dirty = true;
    return this.#current;
  }

  save(): void {
    if (!this.#dirty || !this.#current) return;
    this.#db.run(
      'insert or replace into session (only_row, body) values (1, ?)',
      JSON.stringify(this.#current),
    );
    this.#dirty = false;
  }
}
